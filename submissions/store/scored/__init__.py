"""What was scored, what could not be and who is at it: scores, failures, leases, workers and their
pace.
"""
