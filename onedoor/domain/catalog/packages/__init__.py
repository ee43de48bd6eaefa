"""Packages 一件事: versions, plans, merged forms, and packages in the making."""
