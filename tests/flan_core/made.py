"""Small scores, made by hand: one cluster, one task, two templates."""

from flan_core import scores as s


def result(first: float, second: float, *, best: int = 1) -> s.Result:
    """Two templates' scores; the interval is the mean and 2 on either side."""
    mean = (first + second) / 2
    tests = (first, second)
    templates = tuple(
        s.TemplateScore(
            template=index,
            test=test,
            interval=(test - 3, test + 3),
            dev=test + 1,
            n=40,
            normalised=test - 1,
            decoded=None,
            metrics={"accuracy": test},
        )
        for index, test in enumerate(tests)
    )
    chosen = templates[best]
    return s.Result(
        mean=mean,
        std=1.5,
        interval=(mean - 2, mean + 2),
        best_dev=s.BestDev(
            template=best, dev=chosen.test + 1, test=chosen.test, interval=chosen.interval
        ),
        templates=templates,
        normalised=mean - 1,
        decoded=None,
        metrics={"accuracy": mean},
        calibration=s.Calibration(
            error=0.1, bins=(s.CalibrationBin(confidence=0.75, accuracy=0.5, n=80),)
        ),
        shots=0.0,
        truncated=3,
        prompts=120,
    )


def answer(target: str, tuned: str, *, inputs: str = "Dana owns a dog. Has she a pet?") -> s.Answer:
    return s.Answer(
        template=0,
        inputs=inputs,
        target=target,
        said={"tuned/0": tuned, "untuned/0": "no"},
        right=tuned == target,
    )


def task(tuned: s.Result, untuned: s.Result, *, name: str = "rte", title: str = "RTE"):
    difference = tuned.mean - untuned.mean
    return s.TaskScores(
        task=name,
        dataset=name,
        title=title,
        kind="classification",
        direction="",
        metric="accuracy",
        n=40,
        n_dev=20,
        baselines=s.Baselines(majority=55.0, random=50.0),
        results={"tuned/0": tuned, "untuned/0": untuned},
        comparison={
            "0": s.Comparison(
                difference=difference,
                interval=(difference - 3, difference + 3),
                p_value=0.02,
                test="sign-flip",
            )
        },
        confusion={"tuned/0": s.Confusion(labels=("yes", "no"), matrix=((30, 10), (5, 35)))},
        examples=(answer("yes", "yes"), answer("yes", "no")),
    )


def scores(*tasks: s.TaskScores, cluster: str = "nli") -> s.Scores:
    """The cluster's scores; its mean is the first task's."""
    one = tasks[0]
    model = s.Model(
        name="tiny",
        sha256="a" * 64,
        tokenizer_sha256="b" * 64,
        parameters=1_234_567,
        precision="float32",
        attention="tree",
        engine="",
    )
    return s.Scores(
        cluster=cluster,
        title="Natural language inference",
        model={"tuned": model, "untuned": model},
        tasks={each.task: each for each in tasks},
        mean={
            key: s.Mean(
                mean=each.mean,
                interval=each.interval,
                best_dev=each.best_dev.test if each.best_dev else None,
                tasks=len(tasks),
            )
            for key, each in one.results.items()
        },
        comparison=one.comparison,
        settings={"max_input": 1024},
    )
