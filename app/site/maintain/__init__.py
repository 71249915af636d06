"""What a maintainer does on the site."""
