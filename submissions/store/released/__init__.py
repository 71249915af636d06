"""What is published: releases as files, the ledger of them, and the one that is served."""
