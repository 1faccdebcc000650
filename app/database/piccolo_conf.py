"""What Piccolo's own commands read (PICCOLO_CONF=app.database.piccolo_conf)."""

from typing import Final

from piccolo.conf.apps import AppRegistry

from app.database.engine import db

DB: Final = db
APP_REGISTRY: Final = AppRegistry(apps=["app.database.piccolo_app"])
