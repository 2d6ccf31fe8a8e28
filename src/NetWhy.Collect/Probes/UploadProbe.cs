using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Text;
using NetWhy.Collect.Exchanges;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Collect.Probes;

/// <summary>
/// Where echo does not show that large packets pass: sends two full segments towards the target over TCP, and the same
/// in small ones, and sees whether they are acknowledged.
/// </summary>
/// <remarks>
/// What is sent is the beginning of a request, or of a ClientHello, that never ends: the peer's TCP acknowledges it, and
/// its application waits for the rest and is left alone with it.
/// </remarks>
public sealed class UploadProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "path.upload";

    private const int SafeSegment = 1220; // fits the least IPv6 MTU of 1,280
    private const int LargestUpload = 18_000; // octets; two segments of a jumbo frame
    private const int MostAddresses = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.6); // three retransmissions after 0.2 s and on
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(2);

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Do full segments get through to the target?",
        Source: "RFC 2923, section 2.1; tcp(7), SIOCOUTQ",
        Question.Connection)
    {
        SendsPackets = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.Host is not null && target.Port is not null && (target.IsHttp || target.IsTls);

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        HashSet<IPAddress> tried = [];
        List<Task> runs = [];
        while (tried.Count < MostAddresses
            && await context.Evidence.FirstAsync<ConnectAttempt>(
                attempt => attempt is { Purpose: "target", Outcome: ConnectOutcome.Connected } && !tried.Contains(attempt.Address),
                [ExchangeProbe.Id],
                cancellationToken) is { } attempt)
        {
            tried.Add(attempt.Address);
            if (!IPAddress.IsLoopback(attempt.Address))
                runs.Add(TryAsync(context, attempt.Address, attempt.Port, cancellationToken));
        }

        await Task.WhenAll(runs);
    }

    private static async Task TryAsync(ProbeContext context, IPAddress address, int port, CancellationToken cancellationToken)
    {
        SizedPacketSeries? echo = await context.Evidence.FirstAsync<SizedPacketSeries>(
            series => series.Purpose is "target" && series.Destination.Equals(address), [PathMtuProbe.Id], cancellationToken);
        bool isShown = echo is not null && echo.Trials.MaxBy(trial => trial.Size) is { Answered: > 0 };
        if (isShown)
            return;

        await Task.WhenAll(
            SendAsync(context, address, port, segment: 0, cancellationToken),
            SendAsync(context, address, port, SafeSegment, cancellationToken));
    }

    private static async Task SendAsync(
        ProbeContext context, IPAddress address, int port, int segment, CancellationToken cancellationToken)
    {
        using TcpConnection connection = await TcpConnector.ConnectAsync(
            address,
            port,
            new ConnectOptions { Purpose = "control", Patience = Patience, SegmentSize = segment == 0 ? null : segment },
            cancellationToken);
        if (connection.Socket is not { } socket || socket.GetTcpInfo() is not { } before)
            return; // the exchange has said what connecting comes to

        long begin = Stopwatch.GetTimestamp();
        byte[] octets = Beginning(context.Target, (int)Math.Min(LargestUpload, 2 * before.SendMss + 200));
        if (socket.Send(octets, out int sent) is not Errno.OK || sent < octets.Length)
            return;

        while (socket.UnacknowledgedOctets > 0 && Stopwatch.GetElapsedTime(begin) < Patience)
            await Task.Delay(Look, context.Clock, cancellationToken);
        TcpInfo? after = socket.GetTcpInfo();
        bool isReset = socket.TakeError() is not Errno.OK;
        if (isReset)
            return; // the peer minds what came: that says that it came, and nothing of its size
        context.Report(new UploadTrial(
            address, port, segment, (int)before.SendMss, socket.UnacknowledgedOctets == 0, Stopwatch.GetElapsedTime(begin))
        {
            Retransmits = after?.TotalRetransmits ?? 0,
        });
        socket.AbortOnClose();
    }

    private static byte[] Beginning(Target target, int length)
    {
        byte[] octets = new byte[length];
        octets.AsSpan().Fill((byte)'x');
        if (target.IsTls)
        {
            // A handshake record whose ClientHello is one octet longer than what comes. Source: RFC 8446, sections 4 and 5.1.
            ReadOnlySpan<byte> start = [22, 3, 1, 0, 0, 1, 0, 0, 0, 3, 3];
            start.CopyTo(octets);
            BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(3), (ushort)Math.Min(length - 4, 1 << 14));
            BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(7), (ushort)Math.Min(length - 8, (1 << 14) - 4));
        }
        else
        {
            _ = Encoding.ASCII.TryGetBytes( // two segments of the least size may be less
                $"GET / HTTP/1.1\r\nHost: {Http1Client.HostField(target.Scheme!, target.Host!, target.Port!.Value)}\r\nX-Padding: ",
                octets,
                out _);
        }

        return octets;
    }
}
