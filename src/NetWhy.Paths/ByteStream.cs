using System.Diagnostics;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Paths;

/// <summary>How a read or a write on a <see cref="ByteStream"/> ended.</summary>
public enum StreamOutcome
{
    /// <summary>Octets were moved.</summary>
    Moved,

    /// <summary>The peer closed.</summary>
    Closed,

    /// <summary>Nothing came within our patience.</summary>
    Silent,

    /// <summary>The socket failed: see the errno.</summary>
    Failed,

    /// <summary>TLS refused: see <see cref="ByteStream.Tls"/>.</summary>
    Refused,
}

/// <summary>What came of one read or write.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Count">Octets moved.</param>
/// <param name="Errno">Why the socket failed; <see cref="Errno.OK"/> otherwise.</param>
public readonly record struct StreamResult(StreamOutcome Outcome, int Count, Errno Errno);

/// <summary>Octets to and from a peer, in the clear or through TLS, that raises a <see cref="Silence"/> while it waits.</summary>
/// <param name="socket">The connected socket, which stays the caller's.</param>
/// <param name="address">Peer's address.</param>
/// <param name="port">Peer's port.</param>
/// <param name="onSilence">Hears of silences; null for nobody.</param>
public sealed class ByteStream(LinuxSocket socket, IPAddress address, int port, Action<Silence>? onSilence)
{
    // Longer than a slow handshake over a long way, shorter than a person's patience; then once more for the record.
    private static readonly TimeSpan[] SilenceAfter = [TimeSpan.FromSeconds(0.7), TimeSpan.FromSeconds(2.5)];

    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(5);

    /// <summary>The socket.</summary>
    public LinuxSocket Socket => socket;

    /// <summary>The TLS session that octets go through; null while they go in the clear.</summary>
    public TlsSession? Tls { get; set; }

    /// <summary>How far the exchange has come, for silences.</summary>
    public ExchangeStage Stage { get; set; } = ExchangeStage.Connected;

    /// <summary>Reads what comes next.</summary>
    /// <param name="buffer">Where to put it.</param>
    /// <param name="patience">How long to wait for it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<StreamResult> ReadAsync(Memory<byte> buffer, TimeSpan patience, CancellationToken cancellationToken) =>
        MoveAsync(() => Read(buffer.Span), patience, cancellationToken);

    /// <summary>Writes everything.</summary>
    /// <param name="octets">What to write.</param>
    /// <param name="patience">How long the peer's TCP may take to make room.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<StreamResult> WriteAsync(
        ReadOnlyMemory<byte> octets, TimeSpan patience, CancellationToken cancellationToken)
    {
        int count = 0;
        while (count < octets.Length)
        {
            ReadOnlyMemory<byte> rest = octets[count..];
            StreamResult result = await MoveAsync(() => Write(rest.Span), patience, cancellationToken);
            if (result.Outcome is not StreamOutcome.Moved)
                return result with { Count = count };
            count += result.Count;
        }

        return new StreamResult(StreamOutcome.Moved, count, Errno.OK);
    }

    /// <summary>Steps a TLS session, waiting between its steps.</summary>
    /// <param name="step">One step.</param>
    /// <param name="patience">How long nothing may come.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<StreamResult> StepAsync(Func<TlsStep> step, TimeSpan patience, CancellationToken cancellationToken) =>
        MoveAsync(() => OfTls(step(), 0), patience, cancellationToken);

    private async Task<StreamResult> MoveAsync(
        Func<(StreamResult Result, PollEvents Wanted)> move, TimeSpan patience, CancellationToken cancellationToken)
    {
        long since = Stopwatch.GetTimestamp();
        long received = Tls?.OctetsReceived ?? 0;
        int silences = 0;
        while (true)
        {
            (StreamResult result, PollEvents wanted) = move();
            if (wanted is PollEvents.None)
                return result;
            if (Tls is { } session && session.OctetsReceived > received)
                (since, received, silences) = (Stopwatch.GetTimestamp(), session.OctetsReceived, 0);

            while (true)
            {
                TimeSpan silent = Stopwatch.GetElapsedTime(since);
                if (silences < SilenceAfter.Length && silent >= SilenceAfter[silences])
                {
                    silences++;
                    onSilence?.Invoke(new Silence(address, port, Stage, silent));
                }

                if (silent >= patience)
                    return new StreamResult(StreamOutcome.Silent, 0, Errno.OK);
                TimeSpan until = silences < SilenceAfter.Length && SilenceAfter[silences] < patience
                    ? SilenceAfter[silences]
                    : patience;
                PollEvents events = await socket.WaitAsync(wanted, until - silent, cancellationToken);
                if (events is PollEvents.Error)
                    await Task.Delay(Breath, cancellationToken); // the error queue may stay full: do not spin
                if (events is not PollEvents.None)
                    break;
            }
        }
    }

    private (StreamResult Result, PollEvents Wanted) Read(Span<byte> buffer)
    {
        if (Tls is { } session)
            return OfTls(session.Read(buffer, out int decrypted), decrypted);
        Errno errno = socket.Receive(buffer, out int received);
        return errno switch
        {
            Errno.OK when received == 0 => (new(StreamOutcome.Closed, 0, Errno.OK), PollEvents.None),
            Errno.OK => (new(StreamOutcome.Moved, received, Errno.OK), PollEvents.None),
            Errno.EAGAIN => (default, PollEvents.Read),
            _ => (new(StreamOutcome.Failed, 0, errno), PollEvents.None),
        };
    }

    private (StreamResult Result, PollEvents Wanted) Write(ReadOnlySpan<byte> octets)
    {
        if (Tls is { } session)
            return OfTls(session.Write(octets, out int encrypted), encrypted);
        Errno errno = socket.Send(octets, out int sent);
        return errno switch
        {
            Errno.OK => (new(StreamOutcome.Moved, sent, Errno.OK), PollEvents.None),
            Errno.EAGAIN => (default, PollEvents.Write),
            _ => (new(StreamOutcome.Failed, 0, errno), PollEvents.None),
        };
    }

    private (StreamResult Result, PollEvents Wanted) OfTls(TlsStep step, int count) => step switch
    {
        TlsStep.Done => (new(StreamOutcome.Moved, count, Errno.OK), PollEvents.None),
        TlsStep.WantRead => (default, PollEvents.Read),
        TlsStep.WantWrite => (default, PollEvents.Write),
        TlsStep.Closed => (new(StreamOutcome.Closed, 0, Errno.OK), PollEvents.None),
        TlsStep.SocketFailed => (new(StreamOutcome.Failed, 0, Tls!.Errno), PollEvents.None),
        _ => (new(StreamOutcome.Refused, 0, Errno.OK), PollEvents.None),
    };
}
