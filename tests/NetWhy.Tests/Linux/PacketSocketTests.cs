using System.Net;
using System.Net.Sockets;
using NetWhy.Linux;
using Xunit;

namespace NetWhy.Tests.Linux;

/// <summary>Against the kernel's own loopback interface; nothing leaves the machine.</summary>
public sealed class PacketSocketTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Sees_the_syn_and_the_refusal_of_a_closed_port(string text)
    {
        var address = IPAddress.Parse(text);
        using PacketSocket watch = Open([]);
        int port = ClosedPort(address);
        Errno outcome = await ConnectAsync(address, port);
        if (outcome is not Errno.ECONNREFUSED)
            Assert.Skip($"this machine has no {text}: {outcome}");

        // Loopback shows each packet as it leaves and as it arrives.
        List<byte[]> segments = await TakeAsync(watch, segment => PortsOf(segment).Contains(port), count: 4);
        Assert.Contains(segments, segment => FlagsOf(segment) == 0x02);
        Assert.Contains(segments, segment => (FlagsOf(segment) & 0x04) != 0);
        Assert.All(segments, segment => Assert.True(segment.Length <= PacketFilter.SnapLength));
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.0.0.9", false)]
    [InlineData("::1", true)]
    [InlineData("2001:db8::1", false)]
    public async Task Sees_bare_data_only_of_watched_addresses(string watched, bool isSeen)
    {
        var address = IPAddress.Parse(watched.Contains(':', StringComparison.Ordinal) ? "::1" : "127.0.0.1");
        using PacketSocket watch = Open([IPAddress.Parse(watched)]);
        using var listener = new TcpListener(address, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var client = new TcpClient(address.AddressFamily);
        await client.ConnectAsync(address, port, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync("data"u8.ToArray(), TestContext.Current.CancellationToken);
        client.Close();

        // SYN and FIN always pass the filter: when the FIN is there, all that came before it is.
        List<byte[]> segments = await TakeAsync(
            watch, segment => PortsOf(segment).Contains(port), count: int.MaxValue, isLast: segment => (FlagsOf(segment) & 0x01) != 0);
        Assert.Equal(isSeen, segments.Any(segment => (FlagsOf(segment) & 0x08) != 0 && (FlagsOf(segment) & 0x01) == 0));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Echo_to_this_machine_is_answered(string text)
    {
        var address = IPAddress.Parse(text);
        Errno errno = EchoSocket.Open(address.AddressFamily, out EchoSocket? socket);
        if (socket is null)
            Assert.Skip($"no echo socket allowed: {errno}");

        using (socket)
        {
            errno = socket.Send(address, sequence: 7, packetSize: 100);
            if (errno is not Errno.OK)
                Assert.Skip($"this machine has no {text}: {errno}");
            await socket.WaitAsync(Patience, TestContext.Current.CancellationToken);
            EchoAnswer answer = default;
            for (int i = 0; i < 100 && !socket.TryReceive(out answer); i++)
                await Task.Delay(10, TestContext.Current.CancellationToken);

            Assert.Equal(((ushort?)7, address, true), (answer.Sequence, answer.Source, answer.Error is null));
            Assert.NotNull(answer.Ttl);
            Assert.NotNull(answer.KernelTime);
        }
    }

    private static PacketSocket Open(IPAddress[] addresses)
    {
        Errno errno = PacketSocket.Open(PacketFilter.Write(addresses), out PacketSocket? socket);
        if (errno is Errno.EPERM or Errno.EACCES)
            Assert.Skip("needs CAP_NET_RAW (root)");
        Assert.Equal(Errno.OK, errno);
        return socket!;
    }

    private static int ClosedPort(IPAddress address)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static async Task<Errno> ConnectAsync(IPAddress address, int port)
    {
        Assert.Equal(Errno.OK, LinuxSocket.Open(address.AddressFamily, SocketKind.Tcp, out LinuxSocket? socket));
        using (socket)
        {
            Errno errno = socket!.Connect(address, port);
            if (errno is not Errno.EINPROGRESS)
                return errno;
            await socket.WaitAsync(PollEvents.Write, Patience, TestContext.Current.CancellationToken);
            return socket.TakeError();
        }
    }

    private static async Task<List<byte[]>> TakeAsync(
        PacketSocket watch, Func<byte[], bool> isWanted, int count, Func<byte[], bool>? isLast = null)
    {
        List<byte[]> taken = [];
        byte[] buffer = new byte[256];
        while (taken.Count < count && !(isLast is not null && taken.Any(isLast)))
        {
            if (watch.Receive(buffer, out CapturedPacket packet) is Errno.OK)
            {
                byte[] octets = buffer[..packet.Length];
                if (ProtocolOf(octets) == 6 && isWanted(octets))
                    taken.Add(octets);
            }
            else if (await watch.WaitAsync(Patience, TestContext.Current.CancellationToken) is PollEvents.None)
            {
                break;
            }
        }

        return taken;
    }

    private static int HeaderOf(byte[] packet) => packet[0] >> 4 == 4 ? (packet[0] & 0xf) * 4 : 40;

    private static byte ProtocolOf(byte[] packet) => packet[0] >> 4 == 4 ? packet[9] : packet[6];

    private static byte FlagsOf(byte[] packet) => packet[HeaderOf(packet) + 13];

    private static int[] PortsOf(byte[] packet)
    {
        int start = HeaderOf(packet);
        return [(packet[start] << 8) | packet[start + 1], (packet[start + 2] << 8) | packet[start + 3]];
    }
}
