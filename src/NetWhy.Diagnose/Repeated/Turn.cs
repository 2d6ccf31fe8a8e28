using NetWhy.Diagnose.Paths;

namespace NetWhy.Diagnose.Repeated;

/// <summary>Failures in the turn of a balancer: of each few requests, or connections, those of the same places fail.</summary>
/// <param name="Bad">Places of a turn that fail.</param>
/// <param name="Places">Places of a turn.</param>
/// <param name="Wrong">Requests of which it is not so.</param>
internal sealed record Turn(int Bad, int Places, int Wrong)
{
    /// <summary>Of the fewer, which share may be out of turn.</summary>
    internal const double MostWrong = 0.1;

    /// <summary>Of the fewer, which share of answers may be out of turn that only differ: some requests overtake others on the way to the balancer.</summary>
    internal const double MostWrongOfAnswers = 0.2;

    private const int Most = 16; // places
    private const int Enough = 5; // that fail, and that do not

    /// <summary>In words.</summary>
    internal string InWords => $"in turn, as where {Bad} of {Places} backends {(Bad == 1 ? "is" : "are")} bad";

    /// <summary>Looks for one, in which each request takes a place, or each connection one for all that come over it.</summary>
    /// <param name="happens">Whether each failed, in the order of time.</param>
    /// <param name="bonds">Of each that came over a kept connection, which one; below 0 for the others.</param>
    /// <param name="mostWrong">Of the fewer, which share may be otherwise.</param>
    /// <returns>Null if there is none, or if it may be chance.</returns>
    internal static Turn? Of(bool[] happens, int[] bonds, double mostWrong = MostWrong)
    {
        const double Chance = 0.001;
        int failed = happens.Count(one => one), fewer = Math.Min(failed, happens.Length - failed);
        if (fewer < Enough)
            return null;
        bool[] made = [.. happens.Where((_, i) => bonds[i] < 0)];
        int unlike = happens.Index().Where(one => bonds[one.Index] >= 0).GroupBy(one => bonds[one.Index]).Sum(kept => Math.Min(kept.Count(one => one.Item), kept.Count(one => !one.Item)));
        Turn ofConnections = Best(made), ofRequests = Best(happens);
        (Turn turn, bool[] order, int besides) = ofConnections.Wrong + unlike < ofRequests.Wrong ? (ofConnections, made, unlike) : (ofRequests, happens, 0);

        // Of all orders of as many, those that some turn explains as well, at most.
        double chance = turn.LogOrders(order.Length) - LossComparison.LogChoose(order.Length, order.Count(one => one));
        return turn.Wrong + besides <= mostWrong * fewer && chance < Math.Log(Chance) ? turn with { Wrong = turn.Wrong + besides } : null;
    }

    /// <summary>The turn that is wrong of fewest.</summary>
    /// <param name="happens">Whether each failed, in the order of time.</param>
    /// <param name="most">How many places one has at most.</param>
    internal static Turn Best(bool[] happens, int most = Most) => All(happens, most).DefaultIfEmpty(new Turn(0, 1, int.MaxValue)).MinBy(turn => turn.Wrong)!;

    /// <summary>The turn that explains fewest other orders as well: of many places each is wrong of few.</summary>
    /// <param name="happens">Whether each failed, in the order of time.</param>
    internal static Turn Likeliest(bool[] happens) => All(happens, Most).MinBy(turn => turn.LogOrders(happens.Length))!;

    /// <summary>The natural logarithm of how many orders some turn of as many places explains as well, at most.</summary>
    /// <param name="length">How long the orders are.</param>
    internal double LogOrders(int length) => Math.Log(2 * Most) + (Places * Math.Log(2)) + LossComparison.LogChoose(length, Wrong);

    private static IEnumerable<Turn> All(bool[] happens, int most)
    {
        for (int places = 2; places <= Math.Min(most, Most); places++)
        {
            (int bad, int wrong) = (0, 0);
            for (int place = 0; place < places; place++)
            {
                (int failed, int all) = (0, 0);
                for (int i = place; i < happens.Length; i += places)
                    (failed, all) = (failed + (happens[i] ? 1 : 0), all + 1);
                bad += failed * 2 > all ? 1 : 0;
                wrong += Math.Min(failed, all - failed);
            }

            yield return new Turn(bad, places, wrong);
        }
    }
}
