"""What people touch: the site and the `reasonboard` command."""
