"""What an annotator does on the site."""
