using System.Buffers;
using System.Collections.Immutable;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using NetWhy.App;
using NetWhy.Collect.Exchanges;
using NetWhy.Collect.Firewall;
using NetWhy.Collect.Paths;
using NetWhy.Collect.Probes;
using NetWhy.Collect.Routing;
using NetWhy.Collect.Sockets;
using NetWhy.Evidence;
using NetWhy.Exchanges;
using NetWhy.Lab;
using NetWhy.Linux;
using NetWhy.Names;
using NetWhy.Wire;
using NetWhy.Wire.Http;
using NetWhy.Wire.Netlink;
using NetWhy.Wire.Tls;
using Xunit;
using Cookie = NetWhy.Collect.Exchanges.Cookie;

namespace NetWhy.Tests;

/// <summary>What comes from the network, from tools and from files may be anything: no parser throws, loops or grows without bound.</summary>
/// <remarks>Readers of one unit have such tests of their own in <c>Wire/</c>; here are those made of several, and those of text.</remarks>
public sealed class ParserFuzzTests
{
    private static readonly IPAddress Own = IPAddress.Parse("10.0.0.1");
    private static readonly IPAddress Peer = IPAddress.Parse("10.10.2.2");

    [Fact]
    public void Iptables_rules()
    {
        const string Saved = """
            *filter
            :INPUT ACCEPT [0:0]
            :OUTPUT DROP [12:720]
            :foo - [0:0]
            [7:420] -A OUTPUT -p tcp -m tcp --dport 80:90,443 ! --tcp-flags FIN,SYN SYN -m comment --comment "a \" b" -j foo
            [0:0] -A OUTPUT -s 10.0.0.0/255.0.0.0 -m owner --uid-owner 0-1000 -m mark --mark 0x1/0xff -j REJECT --reject-with tcp-reset
            [0:0] -A foo -m iprange --dst-range 10.0.0.1-10.0.0.9 -m addrtype --dst-type LOCAL -j MARK --set-xmark 0x1/0xffffffff
            [0:0] -A foo -p icmp -m icmp --icmp-type 3/4 -j DNAT --to-destination [::1]:80
            COMMIT
            """;
        foreach (string text in Mutation.Of(Saved, 3000))
            Evaluate(IptablesReader.Read(text, FirewallTool.Iptables));
    }

    [Theory]
    [InlineData("every-expression")]
    [InlineData("default-deny")]
    [InlineData("translated")]
    public void Nftables_rules(string name)
    {
        string json = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Cases", "firewall", name + ".nft.json"));
        int read = 0;
        foreach (string text in Mutation.Of(json, 1500))
        {
            _ = NftablesText.Read(text);
            JsonDocument document;
            try
            {
                document = JsonDocument.Parse(Encoding.UTF8.GetBytes(text)); // what a tool prints is octets
            }
            catch (JsonException)
            {
                continue; // the caller says so
            }

            if (NftablesReader.Read(document) is { } rules)
            {
                read++;
                Evaluate(rules);
            }
        }

        Assert.True(read > 50, $"only {read} were read: the mutations prove little");
    }

    [Fact]
    public void Files_of_the_resolver()
    {
        foreach (string text in Mutation.Of("nameserver 10.0.3.53\nnameserver fe80::53%eth0 # x\nsearch lab.test. .\noptions ndots:2 timeout:99 attempts:3 rotate\n", 3000))
        {
            ResolverSettings settings = ResolverSettings.Parse(text, hostName: text, localDomain: text, resolverOptions: text);
            Assert.InRange(settings.Servers.Length, 1, ResolverSettings.MaxServers);
            Assert.InRange(settings.Options.Attempts, 0, 5);
            _ = ApplicationLookup.Candidates("a.b", settings);
        }

        foreach (string text in Mutation.Of("127.0.0.1\tlocalhost loopback\n::1 ip6 # comment\nfe80::1%lo x\n", 3000))
            _ = HostsFile.Parse(text).Find("localhost").Count();
        foreach (string text in Mutation.Of("passwd: files\nhosts: files mdns4_minimal [NOTFOUND=return] dns [!UNAVAIL=return SUCCESS=continue] myhostname\n", 3000))
            _ = NameServiceSwitch.Parse(text).Sources.Select(source => $"{source} {source.EndsOn("NOTFOUND")}").Count();
    }

    [Fact]
    public void Files_of_the_kernel()
    {
        foreach (string text in Mutation.Of("Tcp: RtoMin InSegs\nTcp: 200 17\nIp: A B C\nIp: 1 2 -3\n", 2000))
        {
            string[] lines = text.Split('\n');
            Dictionary<string, long> counters = [];
            KernelCounterReading.AddPairs(counters, lines);
            KernelCounterReading.AddSingles(counters, lines);
            KernelCounterReading.AddSoftnet(counters, lines);
        }

        foreach (string text in Mutation.Of("entries searched drop early_drop\n00000012 0000 0001 00000002\n00000012 0000 ffffffff 0\n", 2000))
            _ = ConntrackProbe.ReadStatistics(text);
        foreach (string text in Mutation.Of("0000000a 00000002 0 0 0 0 0 0 0 4 5 6 00000001 0 0\n1 2 3\n", 2000))
            Assert.InRange(SoftnetProbe.Read(text).Count, 0, text.Length);
        foreach (string text in Mutation.Of("cpu  1 2 3\ncpu0 1 2 3 4 5 6 7 8 9 10\nintr 1\n", 2000))
            _ = SoftnetProbe.ReadTicks(text);
        foreach (string text in Mutation.Of("sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode\n0 12 4195 1 0 0 0 2 5 12\n", 2000))
            Assert.InRange(NetlinkListenersProbe.Read(text).Count, 0, text.Length);
        foreach (string text in Mutation.Of("0001 0001 0000 0001 0000 0003 0000", 1000))
            Assert.True(RouteCacheProbe.ReadEntries(text) is null or >= 0);
        foreach (string text in Mutation.Of("32768\t60999", 2000))
            _ = PortRange.Parse(text, "80,100-200") ?? PortRange.Parse("1 65535", text + ",8080,9000-9010");
        foreach (string text in Mutation.Of("4711 (a) b) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 90000 20", 2000))
            Assert.InRange(ProcessAge.Of(text, "900.5 3"), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Settings_of_proxies()
    {
        foreach (string text in Mutation.Of("http://user:p%40ss@[2001:db8::1]:3128/", 3000))
        {
            var settings = ProxySettings.Read(name => name is "http_proxy" or "no_proxy" ? text : null, "http", "www.test", 80);
            Assert.True(settings.Fault is not null || settings.Host is null || settings.Port is >= 1 and <= 65535, text);
            Assert.DoesNotContain(settings.Value ?? "", char.IsControl);
        }

        foreach (string text in Mutation.Of(".lab.test, 10.0.0.0/8,[::1]:80,*", 3000))
            _ = NoProxyList.Find(text, "10.1.2.3", 80) ?? NoProxyList.Find(text, "a.lab.test.", 443);
    }

    [Fact]
    public void Heads_and_cookies_of_servers()
    {
        const string Sent = "HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Secure; Path=/\r\nLocation: http://x/\r\n folded\r\nTransfer-Encoding: gzip, chunked\r\nContent-Length: 5\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: 1\r\n\r\n";
        foreach (byte[] octets in Mutation.Of(Encoding.Latin1.GetBytes(Sent), 5000))
        {
            if (HttpResponseHead.Read(octets, out HttpResponseHead? head, out int consumed, out _) is not OperationStatus.Done)
                continue;
            _ = (head!.IsChunked, head.ContentLength, head.HasNoBody);
            Assert.DoesNotContain(Cookie.FieldOf(Cookie.Of(head, []), isTls: true) ?? "", char.IsControl);
            var body = new ArrayBufferWriter<byte>();
            _ = new ChunkReader().Read(octets.AsSpan(consumed), body);
            Assert.InRange(body.WrittenCount, 0, octets.Length);
        }
    }

    [Fact]
    public void Answers_of_name_servers()
    {
        // www.lab.test is an alias of v4.lab.test, which has an address; and an OPT record with an extended error.
        byte[] answer = Convert.FromHexString(
            "1234818000010002000000010377777703" + "6c61620474657374000001" + "0001c00c000500010000003c000502" + "7634c010c02a00010001000000" + "3c00040a0a0202000029" + "04d0000000000008000f0004000f7879");
        var question = new DnsExchange(Own, 53, DnsTransport.Udp, "www.lab.test.", "A", DnsOutcome.Answered, TimeSpan.Zero, 1);
        DnsExchange good = DnsAnswer.Read(answer, question).Exchange;
        Assert.Equal((DnsOutcome.Answered, Peer, "v4.lab.test.", "15 Blocked: xy"), (good.Outcome, Assert.Single(good.Addresses), Assert.Single(good.Aliases), Assert.Single(good.ExtendedErrors)));

        foreach (byte[] octets in Mutation.Of(answer, 20_000))
        {
            DnsExchange read = DnsAnswer.Read(octets, question).Exchange;
            Assert.InRange(read.Aliases.Count, 0, 16);
            Assert.DoesNotContain(string.Concat(read.ExtendedErrors.Concat(read.Aliases)), char.IsControl);
        }
    }

    [Fact]
    public void An_answer_of_very_many_addresses_is_cut_the_same_way_however_it_is_turned()
    {
        byte[][] records = [.. Enumerable.Range(0, 200).Select(i => (byte[])[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, (byte)(i / 100), (byte)i])];
        static DnsExchange Read(IEnumerable<byte[]> turned) => DnsAnswer.Read(
            [.. Convert.FromHexString("123481800001" + "00c80000" + "0000" + "0161" + "00" + "0001" + "0001"), .. turned.SelectMany(record => record)],
            new DnsExchange(Own, 53, DnsTransport.Tcp, "a.", "A", DnsOutcome.Answered, TimeSpan.Zero, 1)).Exchange;

        IReadOnlyList<IPAddress> one = Read(records).Addresses;
        IReadOnlyList<IPAddress> other = Read(records.Skip(77).Concat(records.Take(77))).Addresses;

        Assert.Equal(64, one.Count);
        Assert.Empty(one.Except(other));
        Assert.Equal(64, other.Count);
    }

    [Fact]
    public void Messages_of_the_kernel()
    {
        var socket = new InetDiagMessage(2, TcpState.Established, 0, 0, default, 0, 1, 2, 3, 4);
        byte[] payload =
        [
            .. MemoryMarshal.AsBytes(new ReadOnlySpan<InetDiagMessage>(in socket)),
            .. (byte[])[40, 0, 7, 0], .. new byte[36], .. (byte[])[5, 0, 11, 0, 1, 0, 0, 0],
        ];
        var header = new NetlinkHeader((uint)(NetlinkHeader.Size + payload.Length), NetlinkMessageType.SockDiagByFamily, NetlinkFlags.None, 1, 0);
        byte[] one = [.. MemoryMarshal.AsBytes(new ReadOnlySpan<NetlinkHeader>(in header)), .. payload];
        Assert.Equal(OperationStatus.Done, InetDiagMessage.Read(payload, out _, out ReadOnlySpan<byte> attributes));
        Assert.Equal(new InetDiagAttributes(default(SocketMemory), IsIPv6Only: true), InetDiagAttributes.Read(attributes));

        foreach (byte[] octets in Mutation.Of([.. one, .. one], 20_000))
        {
            var reader = new NetlinkReader(octets);
            int messages = 0;
            while (reader.Read() is OperationStatus.Done)
            {
                Assert.True(++messages <= octets.Length / NetlinkHeader.Size, "a message was read twice");
                if (InetDiagMessage.Read(reader.Payload, out InetDiagMessage message, out ReadOnlySpan<byte> rest) is not OperationStatus.Done)
                    continue;
                _ = InetDiagAttributes.Read(rest);
                _ = new SocketEntry(message, default).RemoteAddress;
            }
        }
    }

    [Fact]
    public void Tables_of_the_kernel()
    {
        byte[] tbf =
        [
            .. new byte[4], 2, 0, 0, 0, 0, 0, 1, 0, 255, 255, 255, 255, 0, 0, 0, 0,
            .. Attribute(1, "tbf\0"u8), .. Attribute(2, Attribute(1, [.. new byte[8], 16, 39, 0, 0, .. new byte[12], 184, 11, 0, 0])),
            .. Attribute(7, [.. Attribute(1, [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]), .. Attribute(3, [3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0, 7, 0, 0, 0])]),
        ];
        Assert.Equal(OperationStatus.Done, QueueDisciplineMessage.Read(tbf, out QueueDisciplineMessage? queue));
        Assert.Equal(("tbf", "1:", "root", 3000L, 10_000L), (queue!.Kind, queue.HandleText, queue.ParentText, queue.OctetLimit ?? 0, queue.Rate ?? 0));
        Assert.Equal((1L, 2L, 3L, 4L, 5L, 6L, 7L), (queue.Octets, queue.Packets, queue.Length, queue.Backlog, queue.Drops, queue.Requeues, queue.Overlimits));

        byte[] table = [2, 0, 0, 0, .. Attribute(1, "arp_cache\0"u8), .. Attribute(4, [0, 4, 0, 0]), .. Attribute(5, [4, 0, 0, 1, 9, 0, 0, 0]), .. Attribute(7, [.. new byte[80], 3, 0, 0, 0, 0, 0, 0, 0])];
        Assert.Equal(OperationStatus.Done, NeighbourTableMessage.Read(table, out NeighbourTableMessage? neighbours));
        Assert.Equal((9L, 1024L, 3L), (neighbours!.Entries ?? 0, neighbours.Threshold3 ?? 0, neighbours.Statistics["table_fulls"]));

        byte[] tuple = [.. Attribute(1, [.. Attribute(1, [10, 0, 0, 1]), .. Attribute(2, [10, 0, 0, 2])]), .. Attribute(2, [.. Attribute(1, [6]), .. Attribute(2, [1, 0]), .. Attribute(3, [0, 80])])];
        byte[] tracked = [2, 0, 0, 0, .. Attribute(1, tuple), .. Attribute(2, tuple), .. Attribute(3, [0, 0, 0, 0x12]), .. Attribute(4, Attribute(1, Attribute(1, [3]))), .. Attribute(7, [0, 0, 1, 0])];
        Assert.Equal(OperationStatus.Done, ConntrackEntry.Read(tracked, out ConntrackEntry entry));
        Assert.Equal((true, true, "established", 256u), (entry.IsReplied, entry.IsSourceTranslated, entry.TcpState, entry.Timeout ?? 0));
        Assert.Equal(("10.0.0.1", 256, 80, 6), (ConntrackTuple.AddressOf(entry.Original.Source, isIPv6: false).ToString(), entry.Original.SourcePort, entry.Original.DestinationPort, entry.Original.Protocol));

        byte[] bond = [.. new byte[16], .. Attribute(3, "bond0\0"u8), .. Attribute(18, [.. Attribute(1, "bond\0"u8), .. Attribute(2, [.. Attribute(1, [4]), .. Attribute(23, [.. Attribute(1, [7, 0]), .. Attribute(5, [2, 0, 0, 0, 0, 1])])])])];
        byte[] member = [.. new byte[16], .. Attribute(3, "eth0\0"u8), .. Attribute(30, [1, 0, 0, 0]), .. Attribute(18, [.. Attribute(4, "bond\0"u8), .. Attribute(5, [.. Attribute(1, [1]), .. Attribute(2, [2]), .. Attribute(3, [5, 0, 0, 0]), .. Attribute(6, [7, 0])])])];
        Assert.Equal(OperationStatus.Done, LinkMessage.Read(bond, out LinkMessage? whole));
        Assert.Equal(new BondData(4, 7, "02:00:00:00:00:01"), whole!.Bond);
        Assert.Equal(OperationStatus.Done, LinkMessage.Read(member, out LinkMessage? part));
        Assert.Equal((new BondMemberData(1, 2, 5, 7), 1), (part!.BondMember, part.Promiscuity));

        byte[] station = [7, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, .. Attribute(2, [2, 0, 0, 0, 0, 9]), .. Attribute(9, [3, 0, 0, 0]), .. Attribute(5, [10, 0])];
        Assert.Equal(OperationStatus.Done, ForwardingEntryMessage.Read(station, out ForwardingEntryMessage? learned));
        Assert.Equal(("02:00:00:00:00:09", 4, 3, 10), (learned!.HardwareAddress, learned.Header.Index, learned.Bridge, learned.Vlan));
        Assert.Equal(OperationStatus.InvalidData, ForwardingEntryMessage.Read([2, .. station[1..]], out _)); // of IPv4

        byte[] correction = [30, 1, 0, 0, .. Attribute(5, [.. Attribute(2, [5, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]), .. Attribute(3, [255, 255, 255, 255, 255, 255, 255, 255])])];
        Assert.Equal(OperationStatus.Done, ErrorCorrectionMessage.Read(correction, out ErrorCorrectionMessage? corrected));
        Assert.Equal(new ErrorCorrectionMessage(5, long.MaxValue), corrected);
        Assert.Equal((NetlinkMessageType)21, GenericFamily.Read([1, 1, 0, 0, .. Attribute(1, [21, 0])]));

        var count = new ConntrackCount(432_000);
        Dictionary<string, long> sums = [];
        foreach (byte[] octets in new[] { tbf, table, tracked, bond, member, station, correction }.SelectMany(message => Mutation.Of(message, 4000)))
        {
            if (QueueDisciplineMessage.Read(octets, out QueueDisciplineMessage? one) is OperationStatus.Done)
                Assert.NotEmpty(one!.HandleText + one.ParentText);
            _ = NeighbourTableMessage.Read(octets, out _);
            if (ForwardingEntryMessage.Read(octets, out ForwardingEntryMessage? place) is OperationStatus.Done)
                Assert.True(place!.Bridge > 0);
            _ = ErrorCorrectionMessage.Read(octets, out _);
            _ = GenericFamily.Read(octets);
            _ = LinkMessage.Read(octets, out _);
            _ = ConntrackStatistics.Add(octets, sums);
            if (ConntrackEntry.Read(octets, out ConntrackEntry some) is OperationStatus.Done)
                count.Add(in some);
        }

        Assert.InRange(count.Result(isWhole: true).Sources.Count, 1, 10);
        Assert.InRange(sums.Count, 0, 10);
    }

    [Fact]
    public void Answers_of_drivers()
    {
        byte[] driver = new byte[196];
        "veth"u8.CopyTo(driver.AsSpan(4));
        driver[180] = 3;
        byte[] names = new byte[12 + 3 * EthtoolReply.StringSize];
        byte[] values = new byte[8 + 3 * 8];
        (names[8], values[4], names[12], values[8]) = (3, 3, (byte)'a', 9);
        byte[] link = new byte[60];
        (link[4], link[8], link[11], link[15], link[48]) = (100, 1, 1, 3, 0b0010_1000);
        byte[] rings = new byte[36];
        (rings[4], rings[20]) = (200, 100);
        Assert.Equal(new EthtoolDriver("veth", "", 3), EthtoolReply.ReadDriver(driver));
        Assert.Equal(new EthtoolLink(100, 1000, "full", true), EthtoolReply.ReadLink(link));
        Assert.Equal((100, 200), (EthtoolReply.ReadRings(rings)!.Receive, EthtoolReply.ReadRings(rings)!.ReceiveMost));
        Assert.Equal([KeyValuePair.Create("a", 9L)], EthtoolReply.ReadStatistics(names, values));

        foreach (byte[] octets in new[] { driver, names, values, link, rings }.SelectMany(answer => Mutation.Of(answer, 2000)))
        {
            _ = EthtoolReply.ReadDriver(octets);
            _ = EthtoolReply.ReadRings(octets);
            _ = EthtoolReply.ReadLink(octets);
            Assert.InRange(EthtoolReply.ReadStatistics(octets, octets).Count, 0, octets.Length);
        }
    }

    private static byte[] Attribute(int type, ReadOnlySpan<byte> value)
    {
        byte[] octets = new byte[(4 + value.Length + 3) & ~3];
        (octets[0], octets[2]) = ((byte)(4 + value.Length), (byte)type);
        value.CopyTo(octets.AsSpan(4));
        return octets;
    }

    [Fact]
    public void Packets_of_anybody()
    {
        byte[] syn = new byte[CraftedPacket.MaxSize];
        byte[] echo = new byte[CraftedPacket.MaxSize];
        syn = syn[..CraftedPacket.WriteSyn(syn, Own, Peer, 40000, 443)];
        echo = echo[..CraftedPacket.WriteEchoRequest(echo, Own, Peer, 7)];
        byte[] error = [.. echo[..9], 1, .. echo[10..20], 3, 4, 0, 0, 0, 0, 5, 0x14, .. syn];
        var watch = new FlowWatch(_ => "eth0", _ => false);
        foreach (byte[] octets in Mutation.Of(syn, 5000).Concat(Mutation.Of(error, 5000)))
        {
            foreach (bool isOutgoing in new[] { true, false })
                watch.Count(new CapturedPacket(octets.Length, 1, isOutgoing, DateTimeOffset.UnixEpoch), octets);
            _ = CraftedPacket.IsAnswer(octets, Peer, 7) | CraftedPacket.IsRoutersError(octets, isV6: false, 7) | CraftedPacket.IsRoutersError(octets, isV6: true, 7);
        }
    }

    [Fact]
    public void Certificates_of_servers_and_how_the_library_takes_them()
    {
        byte[] certificate = LabCertificate();
        byte[] message = [11, 0, 0, 0, 0, 0, 0, 0, 0, .. certificate, 0, 0];
        (message[6], message[7], message[8]) = (0, (byte)((certificate.Length + 5) >> 8), (byte)(certificate.Length + 5));
        foreach (byte[] octets in Mutation.Of(message, 5000))
        {
            foreach (bool isTls13 in new[] { true, false })
                _ = CertificateMessage.Read(octets, isTls13, out _);
        }

        byte[] bag = [0x30, 0x82, 0, 0, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2, 0xa0, 0x82, 0, 0, 0x30, 0x82, 0, 0, 2, 1, 1, 0x31, 0, 0x30, 0, 0xa0, 0x82, 0, 0, .. certificate];
        foreach ((int at, int length) in ((int, int)[])[(2, bag.Length - 4), (17, bag.Length - 19), (21, bag.Length - 23), (32, certificate.Length)])
            (bag[at], bag[at + 1]) = ((byte)(length >> 8), (byte)length);
        Assert.Equal([certificate], CertificateFile.Read(bag));
        foreach (byte[] octets in Mutation.Of(bag, 3000))
            Assert.True(CertificateFile.Read(octets).Length <= 16 && CertificateFile.ReadList(octets).Length <= octets.Length);

        TrustStore store = TrustStore.Load(_ => null, extraFile: null);
        int verified = 0;
        foreach (byte[] octets in Mutation.Of(certificate, 1500))
        {
            if (store.Verify([octets, certificate, octets], "www.lab.test", securityLevel: 1) is not null)
                verified++;
        }

        Assert.True(store.Problem is not null || verified > 20, $"only {verified} were looked at: the mutations prove little");
    }

    [Fact]
    public void Scenarios_of_strangers()
    {
        const string Scenario = """
            base: none
            title: A sentence
            hosts:
              c: {addresses: {eth0: [10.10.1.2/24]}, routes: [default via 10.10.1.1], services: [{serve: dns --listen 1.2.3.4:53}]}
              s: {services: [nginx, {unbound: {records: [a]}}, {run: sleep 1, port: 80}]}
            links: [c:eth0 s:eth0]
            impair: {c:eth0: {delay: 75ms, loss: 10%, out: {rate: 1mbit}}}
            fault: [{c: ip link set eth0 down}, {machine: "true", undo: "true"}]
            client: c
            target: [https://www.lab.test/]
            expect: {cause: [link-down], where: local, exit: 1}
            """;
        var reader = new ScenarioReader(_ => null);
        foreach (string text in Mutation.Of(Scenario, 3000))
        {
            try
            {
                _ = reader.Read("some.yaml", text);
            }
            catch (LabException refusal)
            {
                Assert.StartsWith("some.yaml", refusal.Message, StringComparison.Ordinal);
            }
        }
    }

    private static void Evaluate(FirewallRuleset rules)
    {
        foreach ((int protocol, IPAddress address, int port) in new[] { (FirewallPacket.Tcp, Peer, 443), (FirewallPacket.Udp, IPAddress.IPv6Loopback, 53), (FirewallPacket.Icmp, Peer, 0) })
        {
            var flow = new FirewallFlow("target", protocol, address, port) { Source = Own, Interface = "eth0", User = 0 };
            foreach ((FirewallPacket packet, ImmutableArray<FirewallHook> hooks) in flow.Packets())
            {
                foreach (FirewallHit hit in FirewallEvaluation.Evaluate(rules, packet, hooks.AsSpan()))
                    Assert.NotEmpty(FirewallUndo.Command(flow, packet.Kind, hit));
            }
        }
    }

    private static byte[] LabCertificate()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=www.lab.test", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        using System.Security.Cryptography.X509Certificates.X509Certificate2 certificate =
            request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return certificate.RawData;
    }
}
