using System.Diagnostics;
using NetWhy.Linux;
using NetWhy.Wire.Tls;

namespace NetWhy.Tools.OpenSsl;

/// <summary>Something that happened in a session.</summary>
/// <param name="Time">When, since the begin.</param>
/// <param name="IsOurs">Whether we did it.</param>
/// <param name="Kind">What: <c>handshake</c>, <c>alert</c> or <c>change-cipher-spec</c>.</param>
/// <param name="Name">Which.</param>
/// <param name="Level">Level of an alert; null for what is none.</param>
/// <param name="Number">Number of the message or the alert.</param>
/// <param name="Size">Octets.</param>
internal sealed record ClientEvent(TimeSpan Time, bool IsOurs, string Kind, string Name, string? Level, int Number, int Size);

/// <summary>What verification found of one certificate.</summary>
/// <param name="Depth">How far from the server's.</param>
/// <param name="Code">Number of the error; 0 for none.</param>
/// <param name="Subject">Whose.</param>
internal sealed record ClientVerifyStep(int Depth, int Code, string? Subject);

/// <summary>A ticket that came.</summary>
/// <param name="Time">When, since the begin.</param>
/// <param name="Lifetime">For how long, in seconds.</param>
/// <param name="MaxEarlyData">How many octets may be sent early with it.</param>
internal sealed record ClientTicket(TimeSpan Time, uint Lifetime, uint MaxEarlyData);

/// <summary>What happened in a session, for those who ask for facts.</summary>
internal sealed class ClientEvents
{
    private const int Most = 1000;

    private readonly long _begin = Stopwatch.GetTimestamp();
    private readonly List<ClientEvent> _events = [];
    private readonly List<ClientVerifyStep> _steps = [];
    private readonly List<ClientTicket> _tickets = [];

    /// <summary>Messages and alerts, in order; at most 1000.</summary>
    internal IReadOnlyList<ClientEvent> Events => _events;

    /// <summary>Steps of verification, in order; at most 1000.</summary>
    internal IReadOnlyList<ClientVerifyStep> Steps => _steps;

    /// <summary>Tickets, in order; at most 1000.</summary>
    internal IReadOnlyList<ClientTicket> Tickets => _tickets;

    /// <summary>How many did not fit.</summary>
    internal int Dropped { get; private set; }

    /// <summary>When the connection stood, since the begin; null if it never did.</summary>
    internal TimeSpan? Connected { get; set; }

    /// <summary>When the handshake was over; null if it never was.</summary>
    internal TimeSpan? Established { get; set; }

    /// <summary>Octets of data that the server sent.</summary>
    internal long DataReceived { get; set; }

    /// <summary>Octets of data that we sent.</summary>
    internal long DataSent { get; set; }

    /// <summary>How long it is since the begin.</summary>
    internal TimeSpan Now => Stopwatch.GetElapsedTime(_begin);

    /// <summary>Takes note of a message.</summary>
    /// <param name="message">The message.</param>
    internal void Add(in TlsMessage message)
    {
        ReadOnlySpan<byte> octets = message.Octets;
        if (octets.IsEmpty)
            return;
        TimeSpan time = Stopwatch.GetElapsedTime(_begin, message.Timestamp);
        ClientEvent? added = message.ContentType switch
        {
            20 => new(time, message.IsOurs, "change-cipher-spec", "ChangeCipherSpec", null, octets[0], octets.Length),
            21 when octets.Length > 1 => new(time, message.IsOurs, "alert", TlsAlert.Name(octets[1]), octets[0] == 2 ? "fatal" : "warning", octets[1], octets.Length),
            22 => new(time, message.IsOurs, "handshake", ClientWatch.MessageName(octets[0]) ?? "unknown", null, octets[0], octets.Length),
            _ => null,
        };
        if (added is not null)
            Keep(_events, added);
    }

    /// <summary>Takes note of a step of verification.</summary>
    /// <param name="step">The step.</param>
    internal void Add(ClientVerifyStep step) => Keep(_steps, step);

    /// <summary>Takes note of a ticket.</summary>
    /// <param name="ticket">The ticket.</param>
    internal void Add(SavedTlsSession ticket) => Keep(_tickets, new ClientTicket(Now, ticket.TicketLifetime, ticket.MaxEarlyData));

    private void Keep<T>(List<T> list, T one)
    {
        if (list.Count < Most)
            list.Add(one);
        else
            Dropped++;
    }
}
