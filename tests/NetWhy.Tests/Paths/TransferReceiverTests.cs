using System.Net;
using System.Net.Sockets;
using NetWhy.Linux;
using NetWhy.Paths.Transfer;
using Xunit;

namespace NetWhy.Tests.Paths;

/// <summary>What a receiver counts, and what it does not.</summary>
public sealed class TransferReceiverTests
{
    [Theory]
    [InlineData(1_000_000, 1_000, 2_172_000, 1_500, 724_000)] // 448,000 waited behind a hole: 500 segments bring no more than this
    [InlineData(1_448_000, 1_000, 2_172_000, 1_500, 724_000)] // nothing did
    [InlineData(1_000_000, 16, 2_000_000, 32, 1_000_000)] // 64 KiB at once count as one segment
    [InlineData(1_440_000, 1_000, 2_440_000, 1_016, 992_000)] // likewise since: at most 8,000 waited
    [InlineData(1_448_000, 1_000, 1_449_000, 1_001, 1_000)] // the last one is short
    public void What_waited_behind_a_hole_is_not_counted_twice_and_large_segments_not_as_one(
        long octetsBefore, long segmentsBefore, long octets, long segments, long arrived) =>
        Assert.Equal(arrived, new Arrivals(octets, segments, 1448).Since(new Arrivals(octetsBefore, segmentsBefore, 1448)));

    [Fact]
    public async Task Octets_count_in_the_interval_and_neither_before_nor_after()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Assert.Equal(Errno.OK, LinuxSocket.Open(AddressFamily.InterNetwork, SocketKind.Tcp, out LinuxSocket? socket));
        using (socket)
        {
            _ = socket!.Connect(IPAddress.Loopback, ((IPEndPoint)listener.LocalEndpoint).Port);
            using Socket sender = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
            var hello = new TransferHello(TransferKind.Upload, TimeSpan.FromSeconds(2), long.MaxValue, 0) { Omitted = TimeSpan.FromSeconds(1) };
            var time = new SetTime();
            var receiver = new TransferReceiver(socket, hello, new TransferClock(time), rate: 0, tail: []);
            Task counting = receiver.CountAsync(long.MaxValue, TestContext.Current.CancellationToken);

            await SendAsync(1_000);
            await UntilAsync(() => Counted(receiver) == 1_000);
            time.Seconds = 1;
            await UntilAsync(() => receiver.HasBegun);
            await SendAsync(2_000);
            await UntilAsync(() => Counted(receiver) == 3_000);
            time.Seconds = 3;
            await SendAsync(4_000);
            await counting;

            Assert.Equal(1_000, receiver.Account.OmittedOctets);
            Assert.Equal(2_000, receiver.Account.Octets);
            Assert.Equal(hello.Time, receiver.Account.Elapsed);

            async Task SendAsync(int octets) => await sender.SendAsync(new byte[octets], TestContext.Current.CancellationToken);
        }
    }

    private static long Counted(TransferReceiver receiver) => receiver.Account.OmittedOctets + receiver.Account.Octets;

    private static async Task UntilAsync(Func<bool> isSo)
    {
        while (!isSo())
            await Task.Delay(1, TestContext.Current.CancellationToken);
    }

    // Goes on when it is told to.
    private sealed class SetTime : TimeProvider
    {
        private long _seconds;

        public long Seconds
        {
            set => Volatile.Write(ref _seconds, value);
        }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => TimeSpan.TicksPerSecond * (1 + Volatile.Read(ref _seconds)); // 0 would mean "not yet"
    }
}
