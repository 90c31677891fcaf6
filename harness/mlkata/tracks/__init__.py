"""Describes tracks: contracts, rounds, checks, inputs."""
