using System.Net;
using System.Net.Sockets;
using NetWhy.Collect.Probes;
using NetWhy.Collect.Sockets;
using NetWhy.Linux;
using NetWhy.Wire.Netlink;
using Xunit;

namespace NetWhy.Tests.Linux;

/// <summary>Sockets, processes and tools of this machine, for real.</summary>
public sealed class HostStateTests
{
    [Fact]
    public void Lists_a_listener_of_this_process_with_its_owner_and_queue()
    {
        using var listener = new TcpListener(IPAddress.Loopback, port: 0);
        listener.Start(backlog: 7);
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var waiting = new TcpClient();
        waiting.Connect(IPAddress.Loopback, port);

        SocketEntry socket = Assert.Single(SocketTable.ReadTcp(TcpState.Listen).Sockets, socket => socket.LocalPort == port);

        Assert.Equal(IPAddress.Loopback, socket.LocalAddress);
        Assert.Equal((1u, 7u), (socket.Message.ReceiveQueue, socket.Message.SendQueue));
        Assert.Equal(0u, socket.Attributes.Memory?.Drops);
        Assert.Equal(Environment.ProcessId, SocketOwners.Find(() => [socket.Inode], mayAskKernel: false).OldestOf(socket.Inode)?.Pid);
    }

    [Fact]
    public void Lists_a_datagram_socket_and_an_IPv6_only_listener()
    {
        if (!Socket.OSSupportsIPv6)
            Assert.Skip("this machine has no IPv6");
        using var datagram = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        using var listener = new TcpListener(IPAddress.IPv6Loopback, port: 0);
        listener.Server.DualMode = false;
        listener.Start();

        Assert.Contains(SocketTable.ReadUdp().Sockets, socket => socket.LocalPort == ((IPEndPoint)datagram.Client.LocalEndPoint!).Port);
        Assert.True(Assert.Single(
            SocketTable.ReadTcp(TcpState.Listen).Sockets,
            socket => socket.LocalPort == ((IPEndPoint)listener.LocalEndpoint).Port).Attributes.IsIPv6Only);
    }

    [Fact]
    public void Counts_the_descriptors_of_a_process()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        DescriptorUse use = Assert.IsType<DescriptorUse>(ProcessTable.ReadDescriptors(Environment.ProcessId));

        Assert.True(use.Open > use.Sockets && use.Sockets >= 1 && use.Limit >= use.Open, use.ToString());
        Assert.False(ProcessTable.Exists(int.MaxValue));
        Assert.False(ProcessTable.Exists(-1));
        Assert.Null(ProcessTable.ReadDescriptors(int.MaxValue));
    }

    [Fact]
    public void Runs_a_tool_and_kills_one_that_hangs()
    {
        Assert.Equal(new ToolOutput("a b\n", null), Tool.Run("/bin/sh", TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken, "-c", "echo 'a b'; exit 0"));
        Assert.Contains("code 3", Tool.Run("/bin/sh", TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken, "-c", "exit 3").Failure, StringComparison.Ordinal);
        Assert.Contains("longer", Tool.Run("/bin/sleep", TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken, "60").Failure, StringComparison.Ordinal);
        Assert.NotNull(Tool.Run("/nonexistent/tool", TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken).Failure);
        Assert.Null(Tool.Find("no-such-tool-of-netwhy"));
    }

    [Theory]
    [InlineData("32768\t60999", "", 32768, 60999, 0)]
    [InlineData("40000 40009", "80,40001,40005-40020", 40000, 40009, 6)]
    public void Reads_the_range_of_local_ports(string range, string reserved, int first, int last, int count) =>
        Assert.Equal(new PortRange(first, last, count), PortRange.Parse(range, reserved));

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("a b")]
    [InlineData("1 70000")]
    public void Takes_no_range_from_nonsense(string range) => Assert.Null(PortRange.Parse(range, "x-y,,-"));

    [Fact]
    public void Sums_conntrack_statistics_over_processors()
    {
        Dictionary<string, long> sums = ConntrackProbe.ReadStatistics(
            "entries  clashres found drop early_drop\n00000014  00000000 00000000 00000002 0000000a\n00000014  00000000 00000001 00000001 zz\n");

        Assert.Equal(3, sums["drop"]);
        Assert.Equal(10, sums["early_drop"]);
        Assert.False(sums.ContainsKey("entries"));
    }
}
