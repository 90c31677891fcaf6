"""Keeps a workspace: what a person has written, passed, been shown.

A workspace is a folder with the candidate's files and, in `.kata/`, the records of practice. The candidate
works on tracks, such as `kmeans`. A track is a sequence of rounds (`kmeans.1`), and a round consists of
checks (`kmeans.1/assign/ties`): one rule each, tested on drawn inputs against scikit-learn's answers. A round
is opened, which adds its stubs to the candidate's file, and passes once all its checks pass.
"""
