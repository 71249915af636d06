"""What is pending, what it costs, and who works on it: scores come into being here."""
