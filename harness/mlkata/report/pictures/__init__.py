"""Pictures of a check: yours beside what is expected. They need matplotlib, the extra `plots`."""
