using System.Globalization;
using System.Net;
using NetWhy.Diagnose;
using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Paths;

/// <summary>What is concluded from rounds whose truth is known: measured tables, and simulated ones with many seeds.</summary>
public sealed class PathReadingTests(ITestOutputHelper output)
{
    private const int Seeds = 200;

    // Test vectors of Fisher's test from the hypergeometric distribution, by exact fractions of binomial coefficients.
    [Theory]
    [InlineData(0, 3, 3, 3, 0.05)]
    [InlineData(0, 5, 5, 5, 0.003968)]
    [InlineData(0, 4, 4, 4, 0.014286)]
    [InlineData(0, 60, 3, 60, 0.121849)]
    [InlineData(0, 60, 49, 60, 2.650261139e-23)]
    public void Fishers_test_agrees_with_the_tables(int lostFirst, int sentFirst, int lostSecond, int sentSecond, double chance) =>
        Assert.InRange(LossComparison.Fisher(lostFirst, sentFirst, lostSecond, sentSecond) / chance, 0.99, 1.01);

    [Fact]
    public void Fishers_test_of_many_probes_agrees_with_that_of_few()
    {
        // The tail of the binomial is its limit where the first sample is huge: P(X >= 3), n = 10, p = 0.1.
        Assert.InRange(LossComparison.Fisher(100_000, 1_000_000, 3, 10), 0.0700, 0.0704);
        Assert.InRange(LossComparison.Fisher(1, 1, 1, 1), 1, 1);
    }

    // `mtr -i 0.1 -c 60` over one Linux router with its default limit: hop 1 lost 81.7 %, the destination nothing.
    [Fact]
    public void The_limit_of_a_linux_router_is_harmless_and_told()
    {
        int[] first = [.. Enumerable.Range(0, 60).Select(round => round < 6 || round % 10 == 6 ? 300 : RoundsRow.Lost)];
        PathConclusion[] said = Read(Rounds(0.1, first, [.. Enumerable.Repeat(500, 60)]));

        PathConclusion limited = Assert.Single(said, one => one.Kind is "hop-reply-loss");
        Assert.Equal(("icmp-rate-limited", Severity.Info), (limited.Cause, limited.Severity));
        Assert.Contains("10.0.1.1 (hop 1)", limited.Text, StringComparison.Ordinal);
        Assert.Contains("a limit of 1 a second", Assert.Single(limited.Proof), StringComparison.Ordinal);
        Assert.Contains(said, one => one.Kind is "no-loss");
        Assert.DoesNotContain(said, one => one.Severity > Severity.Info);
    }

    // `mtr -i 0.2 -c 10` over twelve Linux routers: each lost 5 of 10, the destination nothing. One such hop alone could be chance (p = 0.016).
    [Fact]
    public void Many_hops_that_lose_a_little_each_are_harmless_together()
    {
        int[] limited = [.. Enumerable.Range(0, 10).Select(round => round < 5 ? 300 : RoundsRow.Lost)];
        PathConclusion[] said = Read(Rounds(0.2, [.. Enumerable.Repeat(limited, 12), [.. Enumerable.Repeat(500, 10)]]));

        PathConclusion harmless = Assert.Single(said, one => one.Kind is "hop-reply-loss");
        Assert.Contains("the loss shown of 50 % at hops 1 to 12 is not on the way", harmless.Text, StringComparison.Ordinal);
        Assert.Contains("did not answer 60 of 120 together", harmless.Proof[0], StringComparison.Ordinal);
        Assert.DoesNotContain(Read(Rounds(0.2, limited, [.. Enumerable.Repeat(500, 10)])), one => one.Kind is "hop-reply-loss");
        Assert.DoesNotContain(Read(Rounds(0.2, [.. Enumerable.Repeat(limited, 12), limited])), one => one.Kind is "hop-reply-loss");
    }

    // Router and host both answer datagrams as a limit lets them: that the host loses as much proves nothing, so it is no proof.
    [Fact]
    public void A_limit_is_not_proved_by_hops_that_lose_as_much()
    {
        int[] router = [.. Enumerable.Range(0, 60).Select(round => round < 6 || round % 5 == 0 ? 300 : RoundsRow.Lost)];
        int[] end = [.. Enumerable.Range(0, 60).Select(round => round < 6 || round % 10 == 6 ? 500 : RoundsRow.Lost)];
        PathConclusion limited = Assert.Single(Read(Rounds(0.1, router, end) with { Protocol = "udp" }), one => one.Kind is "hop-reply-loss");

        Assert.Contains("evenly: a limit of 2 a second", Assert.Single(limited.Proof), StringComparison.Ordinal);
        Assert.DoesNotContain("p = ", limited.Proof[0], StringComparison.Ordinal);
        Assert.DoesNotContain("is not lost there", limited.Text, StringComparison.Ordinal);
    }

    // One lossy run in fifty had an "outage" of three or four that was chance.
    [Theory]
    [InlineData(60, 0.12)]
    [InlineData(200, 0.1)]
    [InlineData(100, 0.3)]
    public void Loss_by_chance_is_seldom_an_outage(int rounds, double share)
    {
        int outages = Enumerable.Range(0, 5 * Seeds).Count(seed => Read(new SimulatedPath(2, seed).Loses(2, share).Run(rounds)).Any(one => one.Kind is "outage"));

        output.WriteLine($"{outages} of {5 * Seeds} runs");
        Assert.True(outages <= 0.01 * 5 * Seeds, $"{outages}");
    }

    [Fact]
    public void A_hop_that_never_answers_is_not_blamed_for_loss_behind_it()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            PathConclusion[] said = Read(new SimulatedPath(6, seed).Silent(3, 4).Loses(6, 0.3).Run(100));
            PathConclusion loss = Assert.Single(said, one => one.Kind is "destination-loss");
            Assert.Contains("between 10.0.5.1 (hop 5) and 10.0.6.1 (hop 6)", loss.Text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(1, 0.3, 100)]
    [InlineData(3, 0.3, 100)]
    [InlineData(4, 0.2, 200)]
    [InlineData(6, 0.5, 60)]
    [InlineData(3, 0.1, 600)]
    public void Loss_is_found_and_its_segment_never_wrong(int link, double share, int rounds)
    {
        (int found, int placed, int wrong) = (0, 0, 0);
        for (int seed = 0; seed < Seeds; seed++)
        {
            PathConclusion[] said = Read(new SimulatedPath(6, seed).Silent(2).Loses(link, share).Run(rounds));
            if (said.SingleOrDefault(one => one.Kind is "destination-loss") is not { } loss)
                continue;
            found++;
            if (loss.Text.Contains("somewhere", StringComparison.Ordinal))
                continue;
            placed++;
            wrong += Segment(loss.Text) is var (before, behind) && before < link && behind >= link ? 0 : 1;
        }

        output.WriteLine($"loss {share} before hop {link}, {rounds} rounds: found {found}, placed {placed}, wrong {wrong} of {Seeds}");
        Assert.Equal(Seeds, found);
        Assert.True(placed >= 0.95 * Seeds, $"placed {placed}");
        Assert.True(wrong <= 0.02 * Seeds, $"wrong {wrong}"); // each comparison is right at 99 %
    }

    // Among many hops that lose alike, one loses little and another much by chance: neither is a place, nor a hop of its own kind.
    [Theory]
    [InlineData(80, 0.1)]
    [InlineData(60, 0.2)]
    [InlineData(400, 0.03)]
    public void On_a_long_path_chance_moves_no_place_and_blames_no_hop(int rounds, double share)
    {
        (int placed, int wrong, int blamed) = (0, 0, 0);
        for (int seed = 0; seed < Seeds; seed++)
        {
            PathConclusion[] said = Read(new SimulatedPath(12, seed).Loses(3, share).Run(rounds));
            blamed += said.Any(one => one.Kind is "hop-reply-loss") ? 1 : 0;
            if (said.SingleOrDefault(one => one.Kind is "destination-loss") is not { } loss || loss.Text.Contains("somewhere", StringComparison.Ordinal))
                continue;
            placed++;
            wrong += Segment(loss.Text) is { Before: < 3, Behind: >= 3 } ? 0 : 1;
        }

        output.WriteLine($"loss {share} before hop 3 of 12, {rounds} rounds: placed {placed}, wrong {wrong}, hops blamed {blamed} of {Seeds}");
        Assert.True(placed >= 0.8 * Seeds, $"placed {placed}");
        Assert.True(wrong <= 0.02 * Seeds, $"wrong {wrong}");
        Assert.True(blamed <= 0.02 * Seeds, $"blamed {blamed}");
    }

    // Probes a tenth of a second apart to a host that limits its errors as Linux does, at a moment when other senders take some of them.
    [Fact]
    public void Datagrams_that_a_host_may_answer_too_seldom_show_no_loss()
    {
        int[] end = [.. Enumerable.Range(0, 60).Select(round => round is < 4 or 13 or 31 or 44 ? 500 : RoundsRow.Lost)];
        PathRounds rounds = Rounds(0.1, [.. Enumerable.Repeat(300, 60)], end);

        Assert.DoesNotContain(Read(rounds with { Protocol = "udp" }), one => one.Severity > Severity.Info);
        Assert.Contains(Read(rounds with { Protocol = "udp" }), one => one.Kind is "destination-limits-answers");
        Assert.Contains(Read(rounds), one => one.Kind is "destination-loss"); // echo replies are not limited
    }

    [Fact]
    public void A_hop_that_is_late_by_the_same_each_time_answers_by_a_longer_way()
    {
        PathConclusion late = Assert.Single(Read(new SimulatedPath(6, 1).AnswersSlowly(3, 20, 0).Run(60)), one => one.Kind is "slow-answers");

        Assert.Contains("a longer way than those from behind", late.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("spare time", late.Text, StringComparison.Ordinal);
    }

    // 40 ms more each time and some jitter: the fastest answer is as late as the others, so it is the way back and no busy router.
    [Fact]
    public void A_longer_way_back_with_jitter_is_no_busy_router()
    {
        PathConclusion late = Assert.Single(Read(new SimulatedPath(6, 1).AnswersSlowly(3, 40, 8).Run(60)), one => one.Kind is "slow-answers");
        PathConclusion busy = Assert.Single(Read(new SimulatedPath(6, 1).AnswersSlowly(3, 0, 60).Run(60)), one => one.Kind is "slow-answers");

        Assert.Contains("a longer way than those from behind", late.Text, StringComparison.Ordinal);
        Assert.Contains("spare time", busy.Text, StringComparison.Ordinal);
    }

    // The way to the destination at hop 3 is turned back at router 2 in round 21: from then on, routers 1 and 2 answer in turn.
    [Fact]
    public void A_loop_that_begins_in_the_middle_is_named_and_its_routers_are_not_the_destination()
    {
        RowNode one = new(SimulatedPath.Address(1)), two = new(SimulatedPath.Address(2)), end = new(SimulatedPath.Address(3)) { IsDestination = true };
        RoundsRow Row(int ttl, RowNode before, RowNode since) => new(ttl, 0, [.. Enumerable.Range(0, 40).Select(round => ttl > 3 && round < 20 ? RoundsRow.Unknown : 500)])
        {
            Nodes = before == since ? [since] : [before, since],
            Answerers = before == since ? [] : [.. Enumerable.Range(0, 40).Select(round => round < 20 ? 0 : 1)],
        };
        PathRounds rounds = new(end.Address, "icmp", 0, TimeSpan.FromSeconds(1), [Row(1, one, one), Row(2, two, two), Row(3, end, one), .. Enumerable.Range(4, 7).Select(ttl => Row(ttl, ttl % 2 == 0 ? two : one, ttl % 2 == 0 ? two : one))]);
        PathConclusion[] said = Read(rounds);

        Assert.Equal(("loop", 21L), (said[0].Kind, said[0].Round));
        Assert.Contains("Since round 21, packets to 10.0.3.1 go round between 10.0.1.1 and 10.0.2.1", said[0].Text, StringComparison.Ordinal);
        Assert.DoesNotContain(said, one => one.Kind is "no-loss");
        Assert.Contains(said, one => one.Text.StartsWith("A round trip to 10.0.3.1 takes 0.5 ms", StringComparison.Ordinal));
    }

    // Packets take a way of three hops and one of four in turn: what is sent as far as the shorter one is long does not arrive by the other.
    [Fact]
    public void Ways_of_two_lengths_lose_nothing()
    {
        RowNode router = new(SimulatedPath.Address(7)), end = new(SimulatedPath.Address(3)) { IsDestination = true };
        int[] turns = [.. Enumerable.Range(0, 60).Select(round => round % 3 == 1 ? 1 : 0)];
        PathRounds rounds = Rounds(1, [.. Enumerable.Repeat(300, 60)], [.. Enumerable.Repeat(400, 60)], [.. Enumerable.Repeat(500, 60)]);
        rounds = rounds with
        {
            Rows =
            [
                rounds.Rows[0],
                rounds.Rows[1],
                rounds.Rows[2] with { Nodes = [end, router], Answerers = turns },
                new RoundsRow(4, 0, [.. turns.Select((_, round) => round % 3 == 2 ? 600 : RoundsRow.Unknown)]) { Nodes = [end] },
            ],
        };

        Assert.DoesNotContain(Read(rounds), one => one.Severity > Severity.Info);
        Assert.Contains(Read(rounds), one => one.Kind is "no-loss");
    }

    // A router on the way refuses to pass on what comes in rounds 11 to 20, with its own address in the destination's row.
    [Fact]
    public void Probes_that_a_router_refused_for_a_while_are_lost()
    {
        RowNode end = new(SimulatedPath.Address(3)) { IsDestination = true }, refusing = new(SimulatedPath.Address(2)) { Error = new IcmpError(3, 1, SimulatedPath.Address(2), IsOwnAddress: false) };
        PathRounds rounds = Rounds(1, [.. Enumerable.Repeat(300, 40)], [.. Enumerable.Repeat(400, 40)], [.. Enumerable.Range(0, 40).Select(round => round is >= 10 and < 20 ? 3_000_000 : 500)]);
        rounds = rounds with { Rows = [rounds.Rows[0], rounds.Rows[1], rounds.Rows[2] with { Nodes = [end, refusing], Answerers = [.. Enumerable.Range(0, 40).Select(round => round is >= 10 and < 20 ? 1 : 0)] }] };
        PathConclusion[] said = Read(rounds);

        Assert.DoesNotContain(said, one => one.Kind is "no-loss" or "queueing");
        Assert.Contains("all of it in one outage between 10.0.2.1 (hop 2) and 10.0.3.1 (hop 3)", Assert.Single(said, one => one.Kind is "destination-loss").Text, StringComparison.Ordinal);
        Assert.Contains("10.0.2.1 said \"host unreachable (ICMP 3/1)\"", Assert.Single(said, one => one.Kind is "outage").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_could_not_be_sent_is_told()
    {
        PathRounds rounds = Rounds(1, [.. Enumerable.Repeat(300, 20)]) with { Unsent = 12, UnsentErrno = "ENETUNREACH" };

        Assert.StartsWith("12 probes could not be sent: network unreachable", Read(rounds)[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Answers_by_reset_are_no_service()
    {
        PathRounds rounds = Rounds(1, [.. Enumerable.Repeat(300, 20)]) with { Protocol = "tcp", Port = 81 };
        rounds = rounds with { Rows = [rounds.Rows[0] with { Nodes = [rounds.Rows[0].Nodes[0] with { IsReset = true }] }] };

        Assert.Contains("nothing listens on TCP port 81 there, or a packet filter", Assert.Single(Read(rounds), one => one.Kind is "answers-by-reset").Text, StringComparison.Ordinal);
    }

    // At this pace, Linux's limit takes half of what each of the first hops would answer: as much as the way loses behind them.
    [Fact]
    public void Hops_that_limit_their_answers_do_not_draw_loss_to_themselves()
    {
        int wrong = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            PathConclusion[] said = Read(new SimulatedPath(5, seed) { Interval = 0.3 }.Limits(1, 6, 1).Limits(2, 6, 1).Limits(3, 6, 1).Limits(4, 6, 1).Loses(3, 0.5).Run(30));
            PathConclusion loss = Assert.Single(said, one => one.Kind is "destination-loss");
            wrong += loss.Text.Contains("somewhere", StringComparison.Ordinal) || Segment(loss.Text) is { Before: < 3, Behind: >= 3 } ? 0 : 1;
        }

        Assert.Equal(0, wrong);
    }

    // Hop 3 loses most of its own answers, so that it cannot show on which side of it the others are lost.
    [Fact]
    public void A_hop_that_limits_its_answers_is_not_taken_for_the_end_of_a_segment()
    {
        int wrong = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            PathConclusion[] said = Read(new SimulatedPath(6, seed) { Interval = 0.2 }.Limits(3, 6, 1).Loses(4, 0.3).Run(150));
            PathConclusion loss = Assert.Single(said, one => one.Kind is "destination-loss");
            wrong += Segment(loss.Text) is { Before: <= 3, Behind: >= 4 } ? 0 : 1;
        }

        output.WriteLine($"wrong {wrong} of {Seeds}");
        Assert.True(wrong <= 0.02 * Seeds, $"wrong {wrong}");
    }

    [Fact]
    public void Two_lossy_segments_are_both_named()
    {
        int both = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            PathConclusion[] said = Read(new SimulatedPath(6, seed).Loses(2, 0.2).Loses(5, 0.4).Run(300));
            PathConclusion loss = Assert.Single(said, one => one.Kind is "destination-loss");
            both += loss.Text.Contains("between 10.0.1.1 (hop 1) and 10.0.2.1 (hop 2)", StringComparison.Ordinal)
                && loss.Text.Contains("between 10.0.4.1 (hop 4) and 10.0.5.1 (hop 5)", StringComparison.Ordinal) ? 1 : 0;
        }

        output.WriteLine($"both segments named {both} of {Seeds}");
        Assert.True(both >= 0.95 * Seeds, $"{both}");
    }

    [Fact]
    public void Outages_are_told_from_when_to_when()
    {
        PathConclusion[] outages = [.. Read(new SimulatedPath(4, seed: 1).Breaks(3, 3, 9).Breaks(1, 55, 60).Run(60)).Where(one => one.Kind is "outage")];

        Assert.Equal(2, outages.Length);
        Assert.Contains("from 12:00:03 to 12:00:09 (rounds 4 to 9): 6 probes in a row. Up to 10.0.2.1 (hop 2)", outages[0].Text, StringComparison.Ordinal);
        Assert.Equal((4, TimeSpan.FromSeconds(6)), (outages[0].Round, outages[0].End - outages[0].Begin));
        Assert.Contains("from 12:00:55 to the end of the run", outages[1].Text, StringComparison.Ordinal);
        Assert.Null(outages[1].End);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.3)]
    [InlineData(0.6)]
    public void Loss_by_chance_is_no_outage(double share)
    {
        int told = Enumerable.Range(0, Seeds).Count(seed => Read(new SimulatedPath(4, seed).Loses(3, share).Run(100)).Any(one => one.Kind is "outage"));
        Assert.InRange(told, 0, Seeds / 20);
    }

    [Fact]
    public void Outages_are_placed_even_if_few()
    {
        (int placed, int wrong) = (0, 0);
        for (int seed = 0; seed < Seeds; seed++)
        {
            PathConclusion[] said = Read(new SimulatedPath(7, seed).Silent(3).AnswersAreLost(2, 0.4).Breaks(4, 20, 24).Run(60));
            PathConclusion loss = Assert.Single(said, one => one.Kind is "destination-loss");
            Assert.Contains("outage", string.Concat(loss.Proof), StringComparison.Ordinal);
            if (Segment(loss.Text) is not var (before, behind))
                continue;
            placed++;
            wrong += before < 4 && behind >= 4 ? 0 : 1;
        }

        output.WriteLine($"outages placed {placed}, wrong {wrong} of {Seeds}");
        Assert.Equal((Seeds, 0), (placed, wrong));
    }

    [Fact]
    public void A_clean_path_is_never_accused()
    {
        List<string> accused = [];
        for (int seed = 0; seed < Seeds; seed++)
        {
            accused.AddRange(Read(new SimulatedPath(12, seed).Silent(4, 5).Takes(3, 8).Takes(9, 30, 2).Run(60))
                .Where(one => one.Severity > Severity.Info || one.Kind is "hop-reply-loss" or "slow-answers" or "asymmetric-return" or "route-change")
                .Select(one => $"{seed}: {one.Text}"));
        }

        Assert.Empty(accused);
    }

    [Theory]
    [InlineData(0.1, 6, 1)]
    [InlineData(0.2, 10, 2)]
    [InlineData(0.5, 1, 0.5)]
    public void A_limit_is_known_from_loss_by_chance(double interval, double burst, double perSecond)
    {
        (int limits, int chances) = (0, 0);
        for (int seed = 0; seed < Seeds; seed++)
        {
            double loss = 1 - Math.Min(1, (burst + perSecond * interval * 100) / 100);
            limits += Proof(new SimulatedPath(4, seed) { Interval = interval }.Limits(2, burst, perSecond).Run(100)).Contains("a limit of", StringComparison.Ordinal) ? 1 : 0;
            chances += Proof(new SimulatedPath(4, seed) { Interval = interval }.AnswersAreLost(2, loss).Run(100)).Contains("a limit of", StringComparison.Ordinal) ? 1 : 0;
        }

        output.WriteLine($"limit {perSecond} a second asked every {interval} s: known {limits}, chance taken for it {chances} of {Seeds}");
        Assert.True(limits >= 0.95 * Seeds, $"{limits}");
        Assert.True(chances <= 0.02 * Seeds, $"{chances}");

        static string Proof(PathRounds rounds) => string.Concat(Read(rounds).Where(one => one.Kind is "hop-reply-loss").SelectMany(one => one.Proof));
    }

    [Fact]
    public void A_destination_that_limits_its_answers_is_not_called_lossy()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            PathConclusion[] said = Read(new SimulatedPath(4, seed) { Interval = 0.1 }.Limits(4, 6, 1).Run(100));
            Assert.Contains(said, one => one.Kind is "destination-limits-answers");
            Assert.DoesNotContain(said, one => one.Severity > Severity.Info);
        }
    }

    [Theory]
    [InlineData(20, 60, false)]
    [InlineData(40, 60, false)]
    [InlineData(12, 200, false)]
    [InlineData(20, 60, true)]
    public void Queueing_is_found_where_it_begins(double jitter, int rounds, bool isHidden)
    {
        (int found, int wrong) = (0, 0);
        for (int seed = 0; seed < Seeds; seed++)
        {
            PathConclusion? queue = Read(new SimulatedPath(6, seed).Takes(2, 10).Takes(4, 5, jitter).AnswersSlowly(isHidden ? 3 : 2, 0, 30).Run(rounds))
                .SingleOrDefault(one => one.Kind is "queueing");
            found += queue is null ? 0 : 1;
            wrong += queue is not null && !queue.Text.Contains($"between {(isHidden ? "10.0.2.1 (hop 2)" : "10.0.3.1 (hop 3)")} and 10.0.4.1 (hop 4)", StringComparison.Ordinal) ? 1 : 0;
        }

        output.WriteLine($"jitter of {jitter} ms in {rounds} rounds: found {found}, wrong place {wrong} of {Seeds}");
        Assert.True(found >= 0.98 * Seeds, $"{found}");
        Assert.True(wrong <= 0.02 * Seeds, $"{wrong}");
    }

    [Fact]
    public void Distance_is_named_and_slow_answers_are_harmless()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            PathConclusion[] said = Read(new SimulatedPath(6, seed).Takes(4, 75).AnswersSlowly(2, 40, 5).Run(60));
            PathConclusion step = Assert.Single(said, one => one.Kind is "latency-step");
            Assert.Contains("between 10.0.3.1 (hop 3) and 10.0.4.1 (hop 4)", step.Text, StringComparison.Ordinal);
            Assert.Contains("ocean", step.Text, StringComparison.Ordinal);
            Assert.Contains("hop 2 answers late", Assert.Single(said, one => one.Kind is "slow-answers").Text, StringComparison.Ordinal);
            Assert.Contains("between continents (50 to 150 ms)", Assert.Single(said, one => one.Kind is "latency-usual").Text, StringComparison.Ordinal);
            Assert.DoesNotContain(said, one => one.Severity > Severity.Info);
        }
    }

    [Theory]
    [InlineData(20, 30, 60)]
    [InlineData(20, 30, 300)]
    [InlineData(8, 10, 30)]
    public void Distance_is_found_behind_jitter(double distance, double jitter, int rounds)
    {
        (int found, int wrong) = (0, 0);
        for (int seed = 0; seed < Seeds; seed++)
        {
            foreach (PathConclusion step in Read(new SimulatedPath(6, seed).Takes(4, distance, jitter).Run(rounds)).Where(one => one.Kind is "latency-step"))
            {
                found++;
                wrong += Segment(step.Text) is { Before: <= 3, Behind: >= 4 } ? 0 : 1;
            }
        }

        output.WriteLine($"{distance} ms and jitter of {jitter} ms in {rounds} rounds: found {found}, wrong place {wrong} of {Seeds}");
        Assert.True(found - wrong >= 0.95 * Seeds, $"{found}");
        Assert.True(wrong <= 0.02 * Seeds, $"{wrong}");
    }

    [Theory]
    [InlineData(30, 5)]
    [InlineData(60, 20)]
    [InlineData(15, 3)]
    public void A_step_of_the_round_trip_is_found_in_its_round(double step, double jitter)
    {
        (int found, int near, int queues) = (0, 0, 0);
        for (int seed = 0; seed < Seeds; seed++)
        {
            PathConclusion[] said = Read(new SimulatedPath(5, seed).Takes(2, 10, jitter).Steps(3, 70, step).Run(120));
            if (said.SingleOrDefault(one => one.Kind is "latency-level-change") is not { } change)
                continue;
            found++;
            near += change.Text.Contains("between 10.0.2.1 (hop 2) and 10.0.3.1 (hop 3)", StringComparison.Ordinal) && Round(change.Text) is >= 69 and <= 73 ? 1 : 0;
            queues += jitter < 5 && said.Any(one => one.Kind is "queueing") ? 1 : 0;
        }

        output.WriteLine($"step of {step} ms in jitter of {jitter} ms: found {found}, right round and place {near}, taken for a queue {queues} of {Seeds}");
        Assert.True(found >= 0.98 * Seeds, $"{found}");
        Assert.True(near >= 0.95 * found, $"{near}");
        Assert.Equal(0, queues);

        static int Round(string text) => int.Parse(text[(text.IndexOf("round ", text.IndexOf("in round", StringComparison.Ordinal), StringComparison.Ordinal) + 6)..].Split(',')[0], CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Steady_round_trips_raise_no_alarm()
    {
        int alarms = 0;
        for (int seed = 0; seed < 20; seed++)
        {
            PathRounds rounds = new SimulatedPath(3, seed).Takes(2, 10, 8).Run(3000);
            for (int at = 120; at <= 3000; at += 20) // as a watch of a window of 120 rounds sees them
                alarms += Read(Window(rounds, at - 120, at)).Count(one => one.Kind is "latency-level-change");
        }

        output.WriteLine($"false alarms in 60,000 rounds: {alarms}");
        Assert.Equal(0, alarms);
    }

    // Echo that is lost beside a connection that lost nothing is a limit: the rules that see both convict.
    [Fact]
    public void Rounds_beside_a_connection_are_noted_and_convict_nobody()
    {
        PathRounds rounds = new SimulatedPath(6, 1).AnswersAreLost(2, 0.5).Loses(4, 0.3).Takes(5, 20, 60).Run(100) with { Id = "o2" };
        var started = new InvestigationStarted("1", "x", TargetKind.Host, null, "x", null) { Id = "o1" };
        Finding[] alone = [.. new NetWhy.Diagnose.Rules.PathRun().Evaluate(new EvidenceSet([rounds]))];
        Finding[] asked = [.. new NetWhy.Diagnose.Rules.PathRun().Evaluate(new EvidenceSet([started, rounds]))];
        var attempt = new ConnectAttempt(rounds.Destination, 443, "target", ConnectOutcome.Connected, TimeSpan.FromMilliseconds(60)) { Id = "o3" };
        Finding[] beside = [.. new NetWhy.Diagnose.Rules.PathRun().Evaluate(new EvidenceSet([started, rounds, attempt]))];

        Assert.Equal(["icmp-rate-limited", "jitter", "packet-loss"], alone.Select(finding => finding.Cause).Order());
        Assert.Equal(["icmp-rate-limited", "jitter"], beside.Select(finding => finding.Cause).Order());
        Assert.All(beside, finding => Assert.Equal(Severity.Info, finding.Severity));
        Assert.Contains(alone, finding => finding.Severity > Severity.Info);
        Assert.Equal(
            alone.Where(finding => finding.Cause is not "packet-loss").Select(finding => (finding.Cause, finding.Severity)),
            asked.Select(finding => (finding.Cause, finding.Severity)));
    }

    [Fact]
    public void What_varies_as_much_as_this_machine_is_late_is_no_queue()
    {
        PathRounds rounds = new SimulatedPath(4, 1).Takes(1, 1, 30).Run(100);

        Assert.Contains("between this machine and 10.0.1.1 (hop 1)", Assert.Single(Read(rounds), one => one.Kind is "queueing").Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Read(rounds with { Lateness = TimeSpan.FromMilliseconds(20) }), one => one.Kind is "queueing");
    }

    // Two steps of the spread: the larger one is told, not the first.
    [Fact]
    public void The_largest_queue_is_told()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            PathConclusion queue = Assert.Single(Read(new SimulatedPath(6, seed).Takes(1, 1, 8).Takes(4, 5, 80).Run(100)), one => one.Kind is "queueing");
            Assert.Contains("begin to vary far more between 10.0.3.1 (hop 3) and 10.0.4.1 (hop 4)", queue.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_loop_and_its_routers_are_named()
    {
        RoundsRow[] rows =
        [
            .. Enumerable.Range(1, 12).Select(ttl => new RoundsRow(ttl, 0, [.. Enumerable.Repeat(400, 10)])
            {
                Nodes = [new RowNode(ttl < 3 ? SimulatedPath.Address(ttl) : SimulatedPath.Address(3 + ttl % 2))],
            }),
        ];
        PathConclusion[] said = Read(new PathRounds(IPAddress.Parse("10.9.9.9"), "icmp", 0, TimeSpan.FromSeconds(1), rows));

        PathConclusion loop = Assert.Single(said, one => one.Severity is Severity.Critical);
        Assert.Equal(("loop", "routing-loop"), (loop.Kind, loop.Cause));
        Assert.Contains("between 10.0.4.1 and 10.0.3.1 from hop 3 on", loop.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_destination_that_answers_two_limits_is_no_loop()
    {
        PathRounds rounds = Rounds(1, [.. Enumerable.Repeat(300, 20)], [.. Enumerable.Repeat(500, 20)], [.. Enumerable.Repeat(500, 20)]);
        RowNode end = rounds.Rows[2].Nodes[0];
        PathConclusion[] said = Read(rounds with { Rows = [rounds.Rows[0], rounds.Rows[1] with { Nodes = [end] }, rounds.Rows[2]] });

        Assert.DoesNotContain(said, one => one.Severity > Severity.Info);
    }

    [Fact]
    public void A_router_that_rejects_is_named_and_no_loss_is_told()
    {
        PathRounds rounds = Rounds(1, [.. Enumerable.Repeat(300, 20)], [.. Enumerable.Repeat(500, 20)]);
        var rejecting = new RowNode(SimulatedPath.Address(2)) { Error = new IcmpError(3, 13, SimulatedPath.Address(2), IsOwnAddress: false) };
        PathConclusion[] said = Read(rounds with { Destination = IPAddress.Parse("10.9.9.9"), Rows = [rounds.Rows[0], rounds.Rows[1] with { Nodes = [rejecting] }] });

        PathConclusion rejected = Assert.Single(said, one => one.Severity > Severity.Info);
        Assert.Equal(("rejected", "port-rejected"), (rejected.Kind, rejected.Cause));
        Assert.Contains("10.0.2.1 (hop 2)", rejected.Text, StringComparison.Ordinal);
    }

    // Linux hands a packet on before it asks for the next hop's hardware address, and so rejects with a larger hop limit.
    [Fact]
    public void A_router_that_finds_no_host_is_named_at_its_own_hop()
    {
        PathRounds rounds = Rounds(1, [.. Enumerable.Repeat(300, 20)], [.. Enumerable.Repeat(500, 20)], [.. Enumerable.Repeat(3_063_000, 20)]);
        var rejecting = new RowNode(SimulatedPath.Address(2)) { Error = new IcmpError(3, 1, SimulatedPath.Address(2), IsOwnAddress: false) };
        PathConclusion[] said = Read(rounds with { Destination = IPAddress.Parse("10.9.9.9"), Rows = [rounds.Rows[0], rounds.Rows[1], rounds.Rows[2] with { Nodes = [rejecting] }] });

        PathConclusion rejected = Assert.Single(said, one => one.Kind is "rejected");
        Assert.Contains("10.0.2.1 (hop 2) does not pass", rejected.Text, StringComparison.Ordinal);
        Assert.Contains("the next one on its link does not answer: 10.9.9.9 itself, or a router before it", rejected.Text, StringComparison.Ordinal);
        Assert.Contains("ip route get 10.9.9.9; ip neigh", Assert.Single(rejected.Remedies).Command, StringComparison.Ordinal);
    }

    [Fact]
    public void A_router_that_rejects_for_a_while_is_no_equal_way()
    {
        int[] trips = [.. Enumerable.Repeat(500, 40)];
        PathRounds rounds = Rounds(1, trips, trips, trips);
        RowNode[] nodes =
        [
            new(SimulatedPath.Address(2)),
            new(SimulatedPath.Address(1)) { Error = new IcmpError(3, 0, SimulatedPath.Address(1), IsOwnAddress: false) },
        ];
        PathConclusion[] said = Read(rounds with
        {
            Rows = [rounds.Rows[0], rounds.Rows[1] with { Nodes = nodes, Answerers = [.. Enumerable.Range(0, 40).Select(round => round is >= 10 and < 13 ? 1 : 0)] }, rounds.Rows[2]],
        });

        Assert.Contains(said, one => one.Kind is "rejected" && one.Text.Contains("10.0.1.1 (hop 1) does not pass the probes on always", StringComparison.Ordinal));
        Assert.DoesNotContain(said, one => one.Kind is "load-balanced" or "route-change");
    }

    [Fact]
    public void Of_a_silent_destination_no_loss_is_told()
    {
        PathConclusion[] said = Read(new SimulatedPath(5, 1).Silent(4, 5).AnswersAreLost(2, 0.5).Run(60));

        Assert.Equal(["destination-silent"], said.Where(one => one.Severity > Severity.Info).Select(one => one.Kind));
        Assert.DoesNotContain(said, one => one.Kind.Contains("loss", StringComparison.Ordinal));
        Assert.Contains("10.0.3.1 (hop 3)", said[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_route_that_changed_is_told_from_balancing()
    {
        int[] trips = [.. Enumerable.Repeat(500, 40)];
        RowNode[] nodes = [new(SimulatedPath.Address(2)), new(SimulatedPath.Address(7))];
        PathRounds rounds = Rounds(1, trips, trips, trips);
        PathRounds With(Func<int, int> answerer) => rounds with
        {
            Rows = [rounds.Rows[0], rounds.Rows[1] with { Nodes = nodes, Answerers = [.. Enumerable.Range(0, 40).Select(answerer)] }, rounds.Rows[2]],
        };

        PathConclusion change = Assert.Single(Read(With(round => round < 25 ? 0 : 1)), one => one.Kind is "route-change");
        Assert.Contains("in round 26: hop 2 was 10.0.2.1, and is 10.0.7.1 since", change.Text, StringComparison.Ordinal);
        PathConclusion[] balanced = Read(With(round => round * 7 / 3 % 2));
        Assert.Contains(balanced, one => one.Kind is "load-balanced");
        Assert.DoesNotContain(balanced, one => one.Kind is "route-change");
    }

    [Fact]
    public void Answers_that_come_a_longer_way_are_a_note()
    {
        PathRounds rounds = Rounds(1, [.. Enumerable.Repeat(300, 20)], [.. Enumerable.Repeat(500, 20)]);
        RoundsRow far = rounds.Rows[1] with { Nodes = [rounds.Rows[1].Nodes[0] with { ReplyTtl = 247 }] }; // 9 hops back, 2 there
        PathConclusion note = Assert.Single(Read(rounds with { Rows = [rounds.Rows[0], far] }), one => one.Kind is "asymmetric-return");

        Assert.Equal(("asymmetric-path", Severity.Info), (note.Cause, note.Severity));
        Assert.Contains("2 hops there and 9 back", note.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_flow_that_dies_where_others_live_is_a_broken_branch()
    {
        int[] trips = [.. Enumerable.Repeat(500, 10)];
        int[] none = [.. Enumerable.Repeat(RoundsRow.Lost, 10)];
        PathRounds rounds = Rounds(1, trips, trips, trips);
        PathRounds two = rounds with { Rows = [.. rounds.Rows, rounds.Rows[0] with { Flow = 1 }, new RoundsRow(2, 1, none), new RoundsRow(3, 1, none)] };

        PathConclusion broken = Assert.Single(Read(two), one => one.Severity > Severity.Info);
        Assert.Equal(("broken-branch", "ecmp-path-broken"), (broken.Kind, broken.Cause));
        Assert.Contains("behind 10.0.1.1 (hop 1)", broken.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.3, 3, "within a rack")]
    [InlineData(3, 5, "within a region (1 to 5 ms)")]
    [InlineData(30, 5, "between regions of one continent (10 to 50 ms)")]
    [InlineData(600, 5, "over a geostationary satellite (500 to 700 ms)")]
    [InlineData(300, 5, "more than usual between continents")]
    public void The_round_trip_is_held_against_the_reference(double milliseconds, int hops, string words)
    {
        PathConclusion usual = Assert.Single(Read(new SimulatedPath(hops, 1).Takes(1, milliseconds - 0.05 * (hops + 1)).Run(30)), one => one.Kind is "latency-usual");
        Assert.Contains(words, usual.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(900)]
    [InlineData(430)]
    public void What_no_distance_explains_is_a_warning(double milliseconds) =>
        Assert.Contains(Read(new SimulatedPath(5, 1).Takes(1, milliseconds).Run(30)), one => one is { Kind: "latency-unusual", Cause: "high-latency", Severity: Severity.Warning });

    [Fact]
    public void One_lost_probe_is_no_verdict()
    {
        int[] trips = [.. Enumerable.Range(0, 60).Select(round => round == 30 ? RoundsRow.Lost : 500)];
        PathConclusion[] said = Read(Rounds(1, [.. Enumerable.Repeat(300, 60)], trips));

        Assert.Contains(said, one => one.Kind is "few-losses");
        Assert.DoesNotContain(said, one => one.Severity > Severity.Info);
    }

    [Fact]
    public void The_rule_finds_what_the_reading_says()
    {
        var set = new EvidenceSet(new SimulatedPath(6, 3).Loses(4, 0.3).Run(100) with { Id = "o1" });
        var diagnosis = Diagnosis.Of(set, RuleCatalog.All);

        Assert.Equal("packet-loss", Assert.Single(diagnosis.Causes).Finding.Cause);
    }

    [Fact]
    public void No_evidence_of_strangers_makes_it_throw()
    {
        var random = new Random(20_261);
        int[] odd = [RoundsRow.Lost, RoundsRow.Unknown, int.MinValue, int.MaxValue, -7, 0, 1, 500, 1_000_000];
        for (int i = 0; i < 3000; i++)
        {
            PathRounds rounds = new SimulatedPath(1 + random.Next(8), i).Loses(1, random.NextDouble() / 2).Silent(random.Next(8)).Run(random.Next(40));
            RoundsRow[] rows = [.. rounds.Rows.Select(Changed).Concat(random.Next(4) == 0 ? rounds.Rows : [])];
            Assert.NotNull(Read(rounds with { Rows = rows, Interval = TimeSpan.FromSeconds(random.Next(-1, 3)), MaxTtl = random.Next(3) }));
        }

        RoundsRow Changed(RoundsRow row) => random.Next(3) > 0 ? row : new RoundsRow(random.Next(-1, 300), random.Next(-1, 3), [.. row.RoundTrips.Select(trip => random.Next(4) > 0 ? trip : odd[random.Next(odd.Length)])])
        {
            Nodes = [.. Enumerable.Range(0, random.Next(4)).Select(node => new RowNode(SimulatedPath.Address(random.Next(6)))
            {
                IsDestination = random.Next(3) == 0,
                ReplyTtl = random.Next(-300, 300),
                Labels = [random.Next()],
                Error = random.Next(3) == 0 ? new IcmpError(random.Next(12), random.Next(20), SimulatedPath.Address(1), IsOwnAddress: false) : null,
            })],
            Answerers = [.. Enumerable.Range(0, random.Next(50)).Select(_ => random.Next(-2, 5))],
        };
    }

    private static PathConclusion[] Read(PathRounds rounds) => [.. PathReading.Of(rounds)];

    private static (int Before, int Behind)? Segment(string text)
    {
        int at = text.IndexOf("between ", StringComparison.Ordinal);
        if (at < 0)
            return null;
        string[] ends = text[(at + 8)..].Split(" and ", 3);
        return (Hop(ends[0]), Hop(ends[1]));

        static int Hop(string end) => end.IndexOf("(hop ", StringComparison.Ordinal) is >= 0 and var from
            ? int.Parse(end[(from + 5)..].Split(')')[0], CultureInfo.InvariantCulture)
            : 0;
    }

    private static PathRounds Rounds(double interval, params int[][] trips) => new(
        SimulatedPath.Address(trips.Length), "icmp", 0, TimeSpan.FromSeconds(interval),
        [
            .. trips.Select((row, i) => new RoundsRow(i + 1, 0, row)
            {
                Nodes = [new RowNode(SimulatedPath.Address(i + 1)) { IsDestination = i + 1 == trips.Length }],
            }),
        ]);

    private static PathRounds Window(PathRounds rounds, int from, int to) => rounds with
    {
        RoundsBefore = from,
        Rows = [.. rounds.Rows.Select(row => row with { RoundTrips = [.. row.RoundTrips.Skip(from).Take(to - from)] })],
    };
}
