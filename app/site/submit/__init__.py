"""What a team does on the site: declare, upload, follow."""
