"""A submission's life: received, scored, published. Builds on `scoring`; knows nothing of the site."""
