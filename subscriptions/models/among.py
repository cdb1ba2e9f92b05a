"""A lookup for many keys at once, which costs as much for hundreds as for one."""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Field, ForeignObject, Lookup
from django.db.models.lookups import In


@ForeignObject.register_lookup
@Field.register_lookup
class Among(Lookup):
    """
    `column__among=keys`: what `in` finds among values that are at hand, none of them None.

    PostgreSQL is given them in one parameter, an array, instead of one each, which the ORM and the driver would prepare
    one after the other.
    """

    lookup_name = "among"

    def get_prep_lookup(self) -> list[Any]:
        """Return the values as their column holds them."""
        prepare = self.lhs.output_field.get_prep_value
        return [prepare(value) for value in self.rhs]

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """Write an `IN`; where there are no values, nothing is asked."""
        return In(self.lhs, self.rhs).as_sql(compiler, connection)

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        """Write an array of the column's own type; where there are no values, nothing is asked."""
        if not self.rhs:
            raise EmptyResultSet
        left, parameters = self.process_lhs(compiler, connection)
        kind = self.lhs.output_field.rel_db_type(connection).partition("(")[0]
        return f"{left} = ANY (%s::{kind}[])", [*parameters, self.rhs]
