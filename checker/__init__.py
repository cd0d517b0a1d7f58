"""The package of the Docker course: lesson -> lab -> checks -> engine -> report.

A learner reads a lesson, does its lab on a real Docker engine, and asks for a check. What happens then, in order:

1. ``lab`` loads and validates the lab's folder under ``labs/``, and is the vocabulary of its ``checks.py``: ``@check``,
   ``Failure``, ``Result``. ``learner`` is the learner's own folder under ``work/``: copies, answers, progress.
2. ``engine`` is the only place that talks to Docker. ``with open_engine(choice) as engine:`` finds or starts an engine;
   ``EngineView`` and ``History`` are what a check may ask about it.
3. ``Attempt`` puts the three together: one learner's attempt at one lab on one engine. It is what is checked, watched,
   set up, played (``play``) and verified. ``facts`` gives its checks what they ask for; ``run`` runs them, each after
   those that it needs and within a time limit.
4. ``LiveLoop`` turns the engine's events into new results: ``watch``, and the drawings and panels of ``jupyter``.
5. ``report`` turns results into text, HTML or JSON; ``pages`` fills in the templates of all HTML.

``verify`` proves a lab for its author: it plays each solution and each wrong answer, and compares what the checks say.
``commands`` is the grammar of the command lists that learners hand in. ``cli`` and ``jupyter`` are what people use;
nothing below imports them. ``bootstrap`` makes the virtual environment first.

Each room offers its names in its ``__init__`` (``lazy``), and is imported only through it; ``tests/unit/test_house.py``
has the order of the rooms. Importing this package needs nothing but the standard library, and costs next to nothing.
"""

__version__ = "0.1.0"
