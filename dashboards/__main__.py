"""Write what is generated: `python -m dashboards` (`make dashboards`)."""

import json
from pathlib import Path

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards.campaign import campaign_dashboard
from dashboards.catalogue import metrics_page
from dashboards.pipeline import pipeline_dashboard

ROOT = Path(__file__).resolve().parents[1]
GENERATED = ROOT / "dashboards" / "generated"


def encoded(board: Dashboard) -> str:
    """The dashboard as Grafana's provisioning reads it, its panels numbered in order."""
    built = board.build()
    for number, panel in enumerate(built.panels or (), start=1):
        panel.id_val = number
    return json.dumps(built, cls=JSONEncoder, indent=1, sort_keys=True) + "\n"


def generated_files() -> dict[Path, str]:
    """Every generated file with what it must hold."""
    return {
        GENERATED / "campaign.json": encoded(campaign_dashboard()),
        GENERATED / "pipeline.json": encoded(pipeline_dashboard()),
        ROOT / "docs" / "metrics.md": metrics_page(),
    }


def main() -> None:
    """Write the files and name them."""
    for path, text in generated_files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
