"""What people read: pages complete in themselves, and the pictures and tables on them."""
