"""Policies compiled for evaluation."""
