using System.Collections.Immutable;
using NetWhy.Evidence;
using NetWhy.Wire.Tls;

namespace NetWhy.Collect.Tls;

/// <summary>Offers things to a server again and again, each time without what it chose before, until it takes no more.</summary>
/// <param name="asker">Asks the server.</param>
/// <param name="offered">The things, the best one first.</param>
/// <param name="hello">The hello that offers some of them.</param>
/// <param name="chosen">What the server chose of them; null if it chose something else.</param>
/// <param name="name">The name of one.</param>
/// <param name="goesOn">Whether the messages behind the ServerHello are wanted.</param>
/// <param name="coversAll">Whether a server that takes one more could say so; else there may always be more.</param>
internal sealed class TlsSearch(
    TlsAsker asker,
    ImmutableArray<ushort> offered,
    Func<ImmutableArray<ushort>, TlsClientHello> hello,
    Func<TlsServerFlight, ushort?> chosen,
    Func<ushort, string> name,
    bool goesOn,
    bool coversAll = true)
{
    private const int ShortOffer = 24; // things that any server can bear in one hello
    private const int MostChoices = 200;

    private readonly List<ushort> _found = [];
    private List<ImmutableArray<ushort>> _ended = []; // offers at which the server ended the connection
    private string _ending = TlsAnswer.NotAsked;
    private bool _isSplit;
    private bool _hasNoMore; // but for those that ended
    private string? _order;

    /// <summary>Whether anything was taken.</summary>
    internal bool HasFound => _found.Count > 0;

    /// <summary>Whether it must still be found out if the end of a connection was an answer.</summary>
    internal bool IsOpen => _ended.Count > 0 && _hasNoMore;

    /// <summary>Whether nothing was taken or refused, which may be because the hello was too long.</summary>
    internal bool MayBeTooLong { get; private set; }

    /// <summary>What is known so far.</summary>
    internal TlsChoices Choices => new([.. _found.Select(name)])
    {
        Order = _order,
        Ending = _ending,
        IsWhole = _hasNoMore && coversAll && _ended.Count == 0,
    };

    /// <summary>Searches.</summary>
    /// <param name="ways">How many searches beside each other, each for a part of the things.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task RunAsync(int ways, CancellationToken cancellationToken)
    {
        await SearchAsync(ways, cancellationToken);
        await FindOrderAsync(ways, cancellationToken);
    }

    /// <summary>Searches again with short offers, if a hello that the server takes is no longer taken when it is as long as ours was.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task RunShortAsync(CancellationToken cancellationToken)
    {
        if (!MayBeTooLong || await IsLengthBorneAsync(cancellationToken))
            return;
        _isSplit = true;
        int ways = (offered.Length + ShortOffer - 1) / ShortOffer;
        await SearchAsync(ways, cancellationToken);
        await FindOrderAsync(ways, cancellationToken);
    }

    /// <summary>
    /// Offers once more, alone, what the server ended a connection at: it may only have had enough of us, or of so many
    /// connections at a time. Only if it ends that one too, and still takes what it took, was it an answer.
    /// </summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether the server still takes what it took.</returns>
    internal async Task<bool> SettleAsync(CancellationToken cancellationToken)
    {
        List<ImmutableArray<ushort>> open = _isSplit ? [.. _ended] : [[.. offered.Where(thing => _ended.Any(offer => offer.Contains(thing)))]];
        foreach (ImmutableArray<ushort> offer in open)
        {
            Way way = await OneWayAsync(offer, cancellationToken);
            _found.AddRange(way.Found);
            if (way.Ending.IsEnding)
            {
                if (!await IsWellAsync(asker, cancellationToken))
                    return false;
            }
            else if (!way.HasNoMore)
            {
                (_hasNoMore, _ending) = (false, way.Ending.Words);
                return way.Ending.IsHello;
            }
        }

        _ended = [];
        return true;
    }

    /// <summary>Whether the server still takes a hello that it took before.</summary>
    /// <param name="asker">Asks the server.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async Task<bool> IsWellAsync(TlsAsker asker, CancellationToken cancellationToken) =>
        asker.LastGood is { } good && (await asker.AskAsync(good, false, cancellationToken)).IsHello;

    private async Task SearchAsync(int ways, CancellationToken cancellationToken)
    {
        Way[] done = await Task.WhenAll(Enumerable.Range(0, ways)
            .Select(way => OneWayAsync([.. offered.Where((_, place) => place % ways == way)], cancellationToken)));
        _found.AddRange(done.SelectMany(way => way.Found));
        _ended = [.. done.Where(way => way.Ending.IsEnding).Select(way => way.Rest)];
        Way last = done.OrderBy(way => way.HasNoMore).ThenBy(way => way.Ending.IsEnding).First(); // the least telling
        _ending = last.Ending.Words;
        MayBeTooLong = _found.Count == 0 && offered.Length > ShortOffer && last is { HasNoMore: false, Ending: { IsAboutClient: false, Words: not ("no TLS" or TlsAnswer.NotAsked) } };
        _hasNoMore = done.All(way => way.HasNoMore || way.Ending.IsEnding);
    }

    private async Task<Way> OneWayAsync(ImmutableArray<ushort> rest, CancellationToken cancellationToken)
    {
        List<ushort> found = [];
        while (true)
        {
            TlsAnswer answer = await asker.AskAsync(hello(rest), goesOn, cancellationToken);
            if (!answer.IsHello)
                return new Way(found, rest, answer, answer.IsRefusal);
            if (chosen(answer.Flight) is not { } choice)
                return new Way(found, rest, answer with { Words = "something else is chosen" }, HasNoMore: true); // a lower version, say
            if (!rest.Contains(choice) || found.Count >= MostChoices)
                return new Way(found, rest, answer with { Words = "what is chosen was not offered" }, HasNoMore: false);
            found.Add(choice);
            rest = rest.Remove(choice);
            if (rest.IsEmpty)
                return new Way(found, rest, answer with { Words = "all are taken" }, HasNoMore: true);
        }
    }

    // Whether a hello that the server took before is still taken when it is as long as ours.
    private async Task<bool> IsLengthBorneAsync(CancellationToken cancellationToken)
    {
        if (asker.LastGood is not { HasExtensions: true } good)
            return false;
        int length = hello(offered).ToRecord(new byte[TlsClientHello.ChanceSize]).Length;
        return (await asker.AskAsync(good with { PaddedLength = length }, false, cancellationToken)).IsHello;
    }

    private async Task FindOrderAsync(int ways, CancellationToken cancellationToken)
    {
        if (_found.Count < 2)
            return;
        ImmutableArray<ushort> reversed = [.. _found.AsEnumerable().Reverse()];
        if (await FirstAsync(reversed, cancellationToken) is not { } first)
            return; // no answer is no sign of an order
        _order = ways > 1 ? await OrderAsync(first, cancellationToken)
            : first == _found[0] ? "server" : first == reversed[0] ? "client" : "unclear";
    }

    private async Task<ushort?> FirstAsync(ImmutableArray<ushort> things, CancellationToken cancellationToken)
    {
        TlsAnswer answer = await asker.AskAsync(hello(things), goesOn, cancellationToken);
        return answer.IsHello ? chosen(answer.Flight) : null;
    }

    // What was found in several ways has no order yet.
    private async Task<string?> OrderAsync(ushort lastWay, CancellationToken cancellationToken)
    {
        ImmutableArray<ushort> found = [.. _found];
        if (await FirstAsync(found, cancellationToken) is not { } firstWay)
            return null;
        if (firstWay != lastWay)
            return firstWay == found[0] && lastWay == found[^1] ? "client" : "unclear";
        Way again = await OneWayAsync(found, cancellationToken);
        _found.Clear();
        _found.AddRange([.. again.Found, .. found.Except(again.Found)]);
        return "server";
    }

    private sealed record Way(List<ushort> Found, ImmutableArray<ushort> Rest, TlsAnswer Ending, bool HasNoMore);
}
