from dataclasses import dataclass

from dbn.training.options import completed


@dataclass(frozen=True)
class Layer:
    epochs: int = 30
    weight: str = "1"


@dataclass(frozen=True)
class Config:
    needed: int
    layers: tuple[Layer, ...] = (Layer(), Layer())
    sizes: tuple[int, ...] = (3, 4)
    labels: bool = True


NOW = Config(5, (Layer(1, "2"), Layer(7)))


def test_what_is_missing_is_at_its_default_whatever_the_present_value() -> None:
    stored = {"needed": 5, "layers": [{"epochs": 1}, {"epochs": 7, "weight": "3"}], "labels": False}
    layers = [{"epochs": 1, "weight": "1"}, {"epochs": 7, "weight": "3"}]
    assert completed(stored, NOW) == {"needed": 5, "layers": layers, "labels": False, "sizes": [3, 4]}


def test_defaults_become_json_values() -> None:
    whole = [{"epochs": 30, "weight": "1"}] * 2
    assert completed({}, NOW) == {"layers": whole, "sizes": [3, 4], "labels": True}  # what has no default stays away


def test_what_no_config_knows_is_left_alone() -> None:
    assert completed({"needed": 1, "start": {"a": [1]}}, None) == {"needed": 1, "start": {"a": [1]}}
    assert completed({"layers": [{"epochs": 1}]}, NOW)["layers"] == [{"epochs": 1}]  # another number of layers
    assert completed({"layers": 3, "extra": None}, NOW)["layers"] == 3
    assert completed({"losses": "told"}, None) == {"losses": "told"}


def test_numbers_become_the_texts_of_schedules_whole() -> None:
    layers = [{"epochs": 1, "weight": weight} for weight in (1, 0.123456789)]
    assert [layer["weight"] for layer in completed({"layers": layers}, NOW)["layers"]] == ["1", "0.123456789"]
    assert completed({"weight": True}, Layer())["weight"] is True  # no number
    assert completed({"weight": 0.0}, Layer())["weight"] == "0"
