"""The log's working side: leaves and their openings, the tree, signing, receipts, publication and fsck."""
