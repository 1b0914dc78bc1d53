"""French communes, EPCI, départements and régions: what threads and reports are counted by.

The tables in `data` come from a published data set (SOURCES.md: origin, licence, attribution); importing this package
reads none of them.
"""

from messaging.territories.tables import Commune, Departement, Epci, Region, Territories, Tier, tier

__all__ = ["Commune", "Departement", "Epci", "Region", "Territories", "Tier", "tier"]
