using System.Net;
using NetWhy.Linux;
using NetWhy.Paths;
using Xunit;

namespace NetWhy.Tests.Paths;

public sealed class ProbeChannelTests
{
    private const int Hops = 5;

    public static TheoryData<ProbeProtocol, bool, bool> Kinds
    {
        get
        {
            var kinds = new TheoryData<ProbeProtocol, bool, bool>();
            foreach (ProbeProtocol protocol in Enum.GetValues<ProbeProtocol>())
            {
                foreach (bool isUnprivileged in (bool[])[false, true])
                {
                    if (protocol is ProbeProtocol.Other || (protocol is ProbeProtocol.UdpLite && isUnprivileged))
                        continue; // traceroute is compared with what it says of them
                    kinds.Add(protocol, isUnprivileged, false);
                    kinds.Add(protocol, isUnprivileged, true);
                }
            }

            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_sees_every_router_and_the_destination(ProbeProtocol protocol, bool isUnprivileged, bool isV6)
    {
        using var chain = new RouterChain(Hops);
        var options = new ProbeOptions(protocol, RouterChain.Address(Hops, isV6)) { IsUnprivileged = isUnprivileged };

        ProbeAnswer[] answers = [.. Ask(chain, [options], Enumerable.Range(1, Hops + 2))[0].OrderBy(answer => answer.Ttl)];

        Assert.Equal(
            Enumerable.Range(1, Hops + 2).Select(ttl => RouterChain.Address(Math.Min(ttl, Hops), isV6)),
            answers.Select(answer => answer.Node));
        Assert.Equal(
            Enumerable.Range(1, Hops + 2).Select(ttl => ttl < Hops ? ProbeAnswerKind.TimeExceeded : ProbeAnswerKind.Reached),
            answers.Select(answer => answer.Kind));
        Assert.All(answers, answer => Assert.Equal(answer.Ttl, answer.Sequence - 100));
        Assert.All(answers, answer => Assert.InRange(answer.RoundTrip, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(1)));
        Assert.All(answers[..(Hops - 1)], answer => Assert.Equal(65 - answer.Ttl, answer.ReplyTtl)); // Linux starts at 64
        if (!isUnprivileged)
            Assert.All(answers[..(Hops - 1)], answer => Assert.Equal(((int?)1, answer.SentChecksum), (answer.QuotedTtl, answer.QuotedChecksum)));
    }

    [Theory]
    [InlineData(ProbeProtocol.Icmp)]
    [InlineData(ProbeProtocol.Udp)]
    [InlineData(ProbeProtocol.Tcp)]
    public void Many_channels_lose_and_steal_nothing(ProbeProtocol protocol)
    {
        using var chain = new RouterChain(3);
        ProbeOptions[] options = [.. Enumerable.Range(0, 100).Select(i => new ProbeOptions(protocol, RouterChain.Address(1 + i % 3)))];

        ProbeAnswer[][] answers = Ask(chain, options, Enumerable.Range(1, 3));

        for (int i = 0; i < options.Length; i++)
        {
            Assert.Equal(3, answers[i].Length);
            Assert.All(answers[i], answer => Assert.Equal(RouterChain.Address(Math.Min(answer.Ttl, 1 + i % 3)), answer.Node));
        }
    }

    [Fact]
    public async Task A_syn_leaves_no_connection_half_open()
    {
        using var chain = new RouterChain(1);
        using var end = new CancellationTokenSource();
        using var listening = new ManualResetEventSlim();
        Task server = Task.Run(() => NetworkNamespace.Run(chain[1], () =>
        {
            var listener = new System.Net.Sockets.TcpListener(IPAddress.Any, 80);
            listener.Start();
            listening.Set();
            end.Token.WaitHandle.WaitOne();
            listener.Stop();
            return true;
        }), TestContext.Current.CancellationToken);
        listening.Wait(TestContext.Current.CancellationToken);

        ProbeAnswer answer = Assert.Single(Ask(chain, [new ProbeOptions(ProbeProtocol.Tcp, RouterChain.Address(1))], [5])[0]);

        Assert.False(answer.IsReset);
        string sockets = NetWhy.Tests.App.NetWhyProgram.Run("ip", ["netns", "exec", chain[1], "ss", "-tan", "state", "syn-recv"], []).Output;
        Assert.DoesNotContain("10.77.1.1", sockets, StringComparison.Ordinal);
        await end.CancelAsync();
        await server;
    }

    [Fact]
    public void No_route_is_said_when_the_channel_is_opened()
    {
        using var chain = new RouterChain(1);
        chain.Shell(0, "ip route del default");

        Errno errno = NetworkNamespace.Run(chain[0], () => ProbeChannel.Open(new ProbeOptions(ProbeProtocol.Udp, IPAddress.Parse("192.0.2.1")), out _));

        Assert.Equal(Errno.ENETUNREACH, errno);
    }

    private static ProbeAnswer[][] Ask(RouterChain chain, ProbeOptions[] options, IEnumerable<int> ttls) => NetworkNamespace.Run(chain[0], () =>
    {
        ProbeChannel[] channels = [.. options.Select(Open)];
        List<ProbeAnswer>[] answers = [.. options.Select(_ => new List<ProbeAnswer>())];
        int[] limits = [.. ttls];
        foreach (int ttl in limits)
        {
            foreach (ProbeChannel channel in channels)
                Assert.Equal(Errno.OK, channel.Send(ttl, 0, (ushort)(100 + ttl), 60));
        }

        for (int i = 0; i < channels.Length; i++)
        {
            while (answers[i].Count < limits.Length && channels[i].WaitAsync(TimeSpan.FromSeconds(3), default).GetAwaiter().GetResult() is not PollEvents.None)
            {
                while (channels[i].TryReceive(out ProbeAnswer answer))
                    answers[i].Add(answer);
            }

            channels[i].Dispose();
        }

        return answers.Select(list => list.ToArray()).ToArray();
    });

    private static ProbeChannel Open(ProbeOptions options)
    {
        Assert.Equal(Errno.OK, ProbeChannel.Open(options, out ProbeChannel? channel));
        return channel!;
    }
}
