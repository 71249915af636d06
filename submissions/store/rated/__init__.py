"""What people rated: sources and sets of ratings, and rounds of rating on the site."""
