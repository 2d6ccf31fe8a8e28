using System.Net;
using System.Net.Sockets;
using NetWhy.Evidence;
using NetWhy.Paths;
using Xunit;

namespace NetWhy.Tests.Exchanges;

public sealed class TcpConnectorTests
{
    private static readonly ConnectOptions Options = new();

    [Fact]
    public async Task Connects_and_hands_over_the_open_socket()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;

        using TcpConnection connection = await TcpConnector.ConnectAsync(
            IPAddress.Loopback, port, Options with { SegmentSize = 1000 }, TestContext.Current.CancellationToken);

        Assert.Equal(ConnectOutcome.Connected, connection.Attempt.Outcome);
        Assert.NotNull(connection.Socket);
        Assert.Equal(IPAddress.Loopback, connection.Attempt.Source);
        Assert.NotEqual(0, connection.Attempt.SourcePort);
        Assert.InRange(connection.Attempt.SendMss ?? 0, 1, 1000);
        Assert.Null(connection.Attempt.Errno);
    }

    [Fact]
    public async Task Says_refused_where_nobody_listens()
    {
        using TcpConnection connection = await TcpConnector.ConnectAsync(
            IPAddress.Loopback, UnusedPort(), Options, TestContext.Current.CancellationToken);

        Assert.Equal(ConnectOutcome.Failed, connection.Attempt.Outcome);
        Assert.Equal("ECONNREFUSED", connection.Attempt.Errno);
        Assert.Equal("connect", connection.Attempt.FailedCall);
        Assert.Null(connection.Attempt.Icmp);
        Assert.Null(connection.Socket);
    }

    [Fact]
    public async Task Says_which_call_failed_when_the_kernel_refuses_a_segment_size()
    {
        using TcpConnection connection = await TcpConnector.ConnectAsync(
            IPAddress.Loopback,
            80,
            Options with { SegmentSize = 1 },
            TestContext.Current.CancellationToken);

        Assert.Equal(("EINVAL", "setsockopt"), (connection.Attempt.Errno, connection.Attempt.FailedCall));
    }

    [Fact]
    public async Task Tells_of_silence_once_and_gives_up_when_patience_ends()
    {
        // A listener whose accept queue is full drops SYNs: the nearest thing to a black hole on loopback.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        using var first = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await first.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        var silences = new List<Silence>();

        using TcpConnection connection = await TcpConnector.ConnectAsync(
            IPAddress.Loopback,
            port,
            Options with { Patience = TimeSpan.FromSeconds(1.3), OnSilence = silences.Add },
            TestContext.Current.CancellationToken);

        Assert.Equal(ConnectOutcome.TimedOut, connection.Attempt.Outcome);
        Assert.Null(connection.Attempt.Errno);
        Assert.InRange(connection.Attempt.SynRetransmits, 1, 2);
        Silence silence = Assert.Single(silences);
        Assert.Equal(ExchangeStage.NotConnected, silence.Stage);
        Assert.InRange(silence.Lasted.TotalSeconds, 0.8, 1.2);
    }

    private static int UnusedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
