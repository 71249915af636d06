"""What people say of explanations: files and rounds of ratings, and how far each metric goes along
with them.
"""
