using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using NetWhy.Analysis.Dissection;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Filters;

namespace NetWhy.Tools.Tshark.Counting;

/// <summary>The statistics, by their names. Source: tshark(1), -z.</summary>
internal static class Statistics
{
    /// <summary>What can be asked for, each with what it says.</summary>
    internal static IReadOnlyList<(string Left, string Right)> Known { get; } =
    [
        ("  conv,tcp|udp|ip|ipv6|eth[,FILTER]", "conversations: packets and octets each way, when they began, how long they lasted"),
        ("  endpoints,tcp|udp|ip|ipv6|eth[,FILTER]", "ends: packets and octets sent and received"),
        ("  io,stat,SECONDS[,FILTER…]", "packets and octets in each interval; COUNT, SUM, MIN, MAX, AVG and FRAMES, BYTES as filters, which must name the field too, or nothing is counted: AVG(tcp.analysis.ack_rtt)tcp.analysis.ack_rtt"),
        ("  io,phs[,FILTER]", "packets and octets of each protocol"),
        ("  expert[,error|,warn|,note|,chat][,FILTER]", "what is remarkable, and how often"),
        ("  http,tree  dns,tree  http_req,tree", "kinds of requests and responses; what was asked of which host"),
        ("  follow,tcp|udp,ascii|hex|raw|yaml,STREAM[,PARTS]", "what was said on a connection, or between two ends: STREAM is a number, or ADDRESS:PORT,ADDRESS:PORT; PARTS 3, or 2-5"),
        ("  follow,tls|http,ascii|hex|raw|yaml,STREAM[,PARTS]", "what applications said there: decrypted, without chunks and coding"),
        ("  follow,http2|quic,ascii|hex|raw|yaml,STREAM,INNER[,PARTS]", "what they said on a stream in it"),
    ];

    /// <summary>Makes a statistic.</summary>
    /// <param name="text">Its name and what it takes, as given.</param>
    /// <param name="time">How times are shown.</param>
    /// <exception cref="ToolException">There is no such one.</exception>
    internal static IShownSink Make(string text, TsharkTime time)
    {
        string[] words = text.Split(',');
        string Rest(int from) => string.Join(',', words.Skip(from));
        FilteredCount Filtered(IShownSink count) => new(FilterOf(text, Rest(2)), count);
        return words switch
        {
            ["conv", var kind, ..] when EndKind.Find(kind) is { } ends => Filtered(new ConversationCount(ends, Rest(2), time)),
            ["endpoints" or "host", var kind, ..] when EndKind.Find(kind) is { } ends => Filtered(new EndpointCount(ends, Rest(2))),
            ["expert", ..] => ExpertCount.Parse(text, words),
            ["io", "phs", ..] => Filtered(new HierarchyCount(Rest(2))),
            ["io", "stat", var interval, ..] => IntervalCount.Parse(text, interval, words[3..], time),
            ["http_req", "tree", ..] => Filtered(new StatisticsTree("HTTP/Requests", new HttpRequestTree())),
            ["http", "tree", ..] => Filtered(new StatisticsTree("HTTP/Packet Counter", new HttpTree())),
            ["dns", "tree", ..] => Filtered(new StatisticsTree("DNS", new DnsTree())),
            ["follow", "tcp", var form, .. var streams] when IsForm(form) && FollowedStream.Read(streams) is { } stream => new StreamText(form, stream),
            ["follow", "udp", var form, .. var streams] when IsForm(form) && FollowedStream.Read(streams) is { } stream => new DatagramText(form, stream),
            ["follow", var name, var form, .. var streams] when IsForm(form) && CarriedText.Find(name) is { } carrier && IsStream(carrier, streams, out FollowedStream? stream, out long inner) =>
                new CarriedText(carrier, form, stream, inner),
            _ => throw TsharkOptions.Misuse($"invalid -z argument \"{text}\": it takes {string.Join(", ", Known.Select(known => known.Left.Trim()))}"),
        };
    }

    private static bool IsForm(string form) => form is "ascii" or "hex" or "raw" or "yaml";

    // Where several streams lie in one, the number of the inner one stands behind the number of the outer one.
    private static bool IsStream(Carrier carrier, string[] words, [NotNullWhen(true)] out FollowedStream? stream, out long inner)
    {
        inner = 0;
        if (!CarriedText.HasInner(carrier))
        {
            stream = FollowedStream.Read(words);
            return stream is not null;
        }

        bool hasInner = words.Length is 2 or 3 && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out inner);
        stream = hasInner ? FollowedStream.Read([words[0], .. words[2..]]) : null;
        return stream?.Number is not null;
    }

    /// <summary>Compiles the filter of a statistic.</summary>
    /// <param name="statistic">The statistic, as given.</param>
    /// <param name="text">The filter; empty for every packet.</param>
    /// <exception cref="ToolException">It means nothing.</exception>
    internal static DisplayFilter FilterOf(string statistic, string text)
    {
        try
        {
            return DisplayFilter.Compile(text, FieldCatalog.Default);
        }
        catch (DisplayFilterException mistake)
        {
            throw TsharkOptions.Misuse($"-z {statistic}: {mistake.Message}");
        }
    }
}
