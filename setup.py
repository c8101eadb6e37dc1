"""The one thing that pyproject.toml cannot say: the packages found, and data/ as one more inside dbn."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["dbn", "dbn.*"]), "dbn.data.embedded"],
    package_dir={"dbn.data.embedded": "data"},
)
