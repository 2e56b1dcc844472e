"""OSCAL parameters that refer to one another beyond all reason."""

from radar_pipeline.frameworks.oscal_parameters import LONGEST, Parameter, Parameters


def test_a_chain_of_parameters_longer_than_the_stack_ends_in_words() -> None:
    links = [f"{{{{ p{n} }}}}" for n in range(5_001)]
    chain = Parameters(Parameter(id=f"p{n}", values=(links[n + 1],)) for n in range(5_000))
    assert chain.resolve("within {{ p0 }}").startswith("within [p")
    wide = Parameters(Parameter(id=f"p{n}", values=(links[n + 1],) * 50) for n in range(5_000))
    assert len(wide.resolve("within {{ p0 }}")) <= LONGEST
