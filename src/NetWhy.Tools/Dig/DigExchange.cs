using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace NetWhy.Tools.Dig;

/// <summary>One query to one server, and what came of it so far.</summary>
/// <param name="lookup">What it is for.</param>
/// <param name="query">The query.</param>
/// <param name="server">Whom.</param>
/// <param name="port">Its port.</param>
internal sealed class DigExchange(DigLookup lookup, DigQuery query, DigServer server, int port)
{
    private long _sent;

    internal DigLookup Lookup { get; } = lookup;

    internal DigQuery Query { get; } = query;

    internal DigServer Server { get; } = server;

    internal int Port { get; } = port;

    /// <summary>When the query left.</summary>
    internal DateTimeOffset Sent { get; private set; }

    /// <summary>When the last message came.</summary>
    internal DateTimeOffset Received { get; private set; }

    /// <summary>From the one to the other.</summary>
    internal TimeSpan Elapsed { get; private set; }

    /// <summary>Where the query is sent from, as the user wants it.</summary>
    internal IPAddress LocalAddress { get; init; } = IPAddress.Any;

    /// <summary>The port there; 0 for any.</summary>
    internal int LocalPort { get; init; }

    // Of a transfer.
    internal int Messages { get; set; }

    internal int Records { get; set; }

    internal long Octets { get; set; }

    /// <summary>Whether a signature could not be verified.</summary>
    internal bool HasUnverified { get; set; }

    /// <summary>Whether a key was given that could not be used.</summary>
    internal bool HasUnusedKey { get; init; }

    /// <summary>Server and port as messages name them.</summary>
    internal string Where => string.Create(CultureInfo.InvariantCulture, $"{Server.Text}#{Port}");

    /// <summary>Notes that the query leaves now.</summary>
    internal void Begin()
    {
        Sent = TimeProvider.System.GetUtcNow();
        _sent = Stopwatch.GetTimestamp();
    }

    /// <summary>Notes that a message came now.</summary>
    internal void Arrive()
    {
        Elapsed = Stopwatch.GetElapsedTime(_sent);
        Received = Sent + Elapsed;
    }
}
