"""What lies in files beside the database, each written once: outputs, arrays, posts with their
gold, caches and keys.
"""
