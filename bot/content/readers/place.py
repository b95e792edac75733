"""Read place.yaml: the city, the name of the product and the public service line."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from bot.content.documents.mapping_reader import MappingReader, as_mapping
from bot.content.documents.tree import parse
from bot.content.readers.build_context import BuildContext
from bot.core.domain.knowledge import Locality

PLACE = "place.yaml"


def read_place(fields: MappingReader, context: BuildContext) -> None:
    """Read place.yaml."""
    locality = Locality(
        product=fields.text("product", required=True),
        city=fields.text("city", required=True),
        city_full=fields.text("city_full", required=True),
        city_words=fields.texts("city_words"),
        hotline=fields.text("hotline", required=True),
        time_zone=fields.text("time_zone", required=True),
        bureau_prefix=fields.text("bureau_prefix"),
        county_bureau=fields.text("county_bureau"),
        arrivals=fields.texts("arrivals"),
        returns=fields.texts("returns"),
        paused=fields.boolean("paused"),
        suspended=fields.texts("suspended"),
    )
    if locality.time_zone and not _is_time_zone(locality.time_zone):
        fields.add_problem(
            "time_zone", f"没有“{locality.time_zone}”这个时区", "写成 洲/城市 的样子"
        )
    context.locality = locality
    context.places.note("place", "", fields)
    fields.finish()


def time_zone(folder: Path) -> ZoneInfo:
    """Return the time zone of a knowledge folder; UTC if its place.yaml cannot be read."""
    context, file = BuildContext(), folder / PLACE
    node = parse(PLACE, file.read_bytes(), context.problems) if file.is_file() else None
    fields = as_mapping(PLACE, node, context.problems, "") if node is not None else None
    name = fields.text("time_zone") if fields else ""
    return ZoneInfo(name if _is_time_zone(name) else "UTC")


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True
