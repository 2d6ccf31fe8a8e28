using System.Net;
using NetWhy.Diagnose.Paths;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Repeated;

/// <summary>At an address, it goes wrong with later requests of connections whose first one went well, or the other way round: which request of a connection it is decides, and no backend, clock or turn.</summary>
/// <param name="Address">The address.</param>
/// <param name="IsOfFirst">Whether it goes wrong with the first ones.</param>
/// <param name="First">Requests with which it goes wrong, and all, over new connections.</param>
/// <param name="Later">Those over kept ones.</param>
/// <param name="Connections">Connections over which both happened.</param>
internal sealed record PlaceInConnection(IPAddress Address, bool IsOfFirst, (int Wrong, int All) First, (int Wrong, int All) Later, int Connections)
{
    private const int Enough = 5; // requests
    private const int Few = 3; // connections: one or two may be bound to one backend that became bad
    private const double Nearly = 0.8, Hardly = 0.05;

    /// <summary>The turn of backends that explains it about as well, since first requests and later ones fell together with it; null where none does.</summary>
    internal Turn? Rival { get; private init; }

    /// <summary>How to see by hand which of the two it is: of three requests over one connection, the second and the third do not fare alike where two backends take turns.</summary>
    /// <param name="url">The URL.</param>
    internal string ByHand(string url) =>
        $"Is it so by hand, the first request {(IsOfFirst ? "bad, and the second and the third one, over the same connection, well" : "well, and both the second and the third one, over the same connection, bad")}? {ShellCommand.Of($"curl -sv {url} {url} {url}")} Where the third one fares as the first one does, it is backends that take turns.";

    /// <summary>Which ones go wrong, in words.</summary>
    internal string Which => IsOfFirst ? Told("the first", First, "a later", Later) : Told("a later", Later, "its first", First);

    /// <summary>Where to look when it is the first ones.</summary>
    internal static Remedy OfEachConnection { get; } =
        new("See what the server, or the proxy before it, does once for each connection: a connection to a backend of its own, a login, a lookup of the client's name.");

    /// <summary>What shows it, in words.</summary>
    internal string InWords => $"{Later.Wrong} of {Later.All} requests over kept connections, {First.Wrong} of {First.All} over new ones, and over {Words.Count(Connections, "connection")} both: the first one {(IsOfFirst ? "so, and a later one not" : "not, and a later one so")}";

    private static string Told(string bad, (int Wrong, int All) wrong, string good, (int Wrong, int All) others) =>
        $"always {bad} request of a connection ({wrong.Wrong} of {wrong.All}), and {(others.Wrong == 0 ? "never" : "hardly ever")} {good} one ({others.Wrong} of {others.All})";

    /// <summary>Looks for it.</summary>
    /// <param name="address">Where.</param>
    /// <param name="tried">Requests there, in the order of time, and whether it went wrong with each.</param>
    /// <param name="addresses">How many addresses are looked at.</param>
    internal static PlaceInConnection? Of(IPAddress address, IEnumerable<(TriedRequest Request, bool IsWrong)> tried, int addresses)
    {
        (TriedRequest Request, bool IsWrong)[] here = [.. tried];
        (int Wrong, int All) later = (here.Count(one => one.Request.Idle is not null && one.IsWrong), here.Count(one => one.Request.Idle is not null));
        (int Wrong, int All) first = (here.Count(one => one.IsWrong) - later.Wrong, here.Length - later.All);
        bool isOfFirst = (long)first.Wrong * later.All > (long)later.Wrong * first.All;
        ((int Wrong, int All) bad, (int Wrong, int All) good) = isOfFirst ? (first, later) : (later, first);
        if (bad.Wrong < Enough || bad.Wrong < Nearly * bad.All || good.Wrong > Hardly * good.All || !LossComparison.IsMore(good, bad, 2 * addresses))
            return null;
        int both = here.Where(one => one.Request.Connection is not null).GroupBy(one => one.Request.Connection!.Value)
            .Count(group => group.Any(one => one.Request.Idle is null && one.IsWrong == isOfFirst) && group.Any(one => one.Request.Idle is not null && one.IsWrong != isOfFirst));
        if (both < Few)
            return null;
        Turn turn = Turn.Likeliest([.. here.Select(one => one.IsWrong)]);
        double orders = Math.Log(2) + LossComparison.LogChoose(here.Length, bad.All - bad.Wrong + good.Wrong); // that the place explains as well
        return new PlaceInConnection(address, isOfFirst, first, later, both) { Rival = orders - turn.LogOrders(here.Length) < Math.Log(LossComparison.Alpha) ? null : turn };
    }
}
