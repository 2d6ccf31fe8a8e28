using System.Diagnostics;
using System.Net;
using NetWhy.Collect.Routing;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Collect.Probes;

/// <summary>Sends a datagram to a UDP service: a refusal proves something, silence does not.</summary>
public sealed class DatagramProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "udp.exchange";

    private const int Sends = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.7);

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Does the UDP port answer or refuse?",
        Source: "RFC 768; RFC 1122, section 3.2.2.1",
        Question.Port)
    {
        SendsPackets = true,
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target.Scheme is "udp" && target.Port is not null;

    /// <inheritdoc/>
    public async Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        List<Task> runs = [];
        await foreach (Destination destination in Destination.StreamAsync(context, cancellationToken))
        {
            if (destination.Purpose is Destination.Target)
                runs.Add(AskAsync(context, destination.Address, context.Target.Port!.Value, cancellationToken));
        }

        await Task.WhenAll(runs);
    }

    private static async Task AskAsync(
        ProbeContext context, IPAddress address, int port, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        Errno errno = LinuxSocket.Open(address.AddressFamily, SocketKind.Udp, out LinuxSocket? socket);
        if (socket is null)
        {
            context.Report(new DatagramExchange(address, port, Answered: false, TimeSpan.Zero) { Errno = errno.ToString() });
            return;
        }

        using (socket)
        {
            int received = 0;
            errno = socket.Connect(address, port);
            for (int i = 0; i < Sends && errno is Errno.OK && received == 0; i++)
            {
                errno = socket.Send(Payload(port), out _);
                if (errno is not Errno.OK)
                    break;
                if (await socket.WaitAsync(PollEvents.Read, Patience, cancellationToken) is PollEvents.None)
                    continue;
                errno = socket.TakeError();
                if (errno is Errno.OK)
                    received = Receive(socket);
            }

            context.Report(new DatagramExchange(address, port, received > 0, Stopwatch.GetElapsedTime(begin))
            {
                Errno = errno is Errno.OK ? null : errno.ToString(),
                Icmp = TcpConnector.TakeIcmpError(socket),
                OctetsReceived = received,
            });
        }
    }

    /// <summary>What a service of the port answers: a service ignores what it does not understand.</summary>
    private static ReadOnlySpan<byte> Payload(int port) => port switch
    {
        53 => DnsQuery,
        123 => NtpRequest,
        _ => "\r\n"u8,
    };

    /// <summary>The root's name servers, asked recursively. Source: RFC 1035, section 4.</summary>
    private static ReadOnlySpan<byte> DnsQuery => [0x6e, 0x77, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1];

    /// <summary>A client's request: version 4, mode 3. Source: RFC 5905, section 7.3.</summary>
    private static ReadOnlySpan<byte> NtpRequest =>
    [
        0x23, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
    ];

    private static int Receive(LinuxSocket socket)
    {
        Span<byte> buffer = stackalloc byte[2048];
        return socket.ReceiveDatagram(buffer, out ReceivedDatagram datagram) is Errno.OK ? Math.Max(1, datagram.Length) : 0;
    }
}
