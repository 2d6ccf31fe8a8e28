using System.Net;
using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using NetWhy.Tools;
using NetWhy.Tools.Ss;
using Xunit;

namespace NetWhy.Tests.Tools.Ss;

/// <summary>The filter language, evaluated here and as the kernel would.</summary>
public sealed class SocketFilterTests
{
    private static readonly (string Local, int LocalPort, string Remote, int RemotePort)[] Sockets =
    [
        ("127.0.0.1", 8080, "127.0.0.1", 51000),
        ("10.0.1.7", 40001, "10.0.2.5", 443),
        ("10.0.2.7", 22, "10.0.1.5", 40443),
        ("::1", 9090, "::1", 52000),
        ("::ffff:127.0.0.1", 9090, "::ffff:10.0.2.5", 443),
        ("2001:db8::1", 50000, "2001:db8::2", 53),
        ("0.0.0.0", 80, "0.0.0.0", 0),
        ("::", 80, "::", 0),
    ];

    [Theory]
    [InlineData("dport = :443", "1 4")]
    [InlineData("dport 443", "1 4")]
    [InlineData("dport eq 443", "1 4")]
    [InlineData("dport != 443", "0 2 3 5 6 7")]
    [InlineData("dport lt 444", "1 4 5 6 7")]
    [InlineData("dport <= 443", "1 4 5 6 7")]
    [InlineData("dport > :443", "0 2 3")]
    [InlineData("dport>=443", "0 1 2 3 4")]
    [InlineData("sport = 80 or sport = 22", "2 6 7")]
    [InlineData("sport = 80 | sport = 22", "2 6 7")]
    [InlineData("not ( sport = 80 or sport = 22 )", "0 1 3 4 5")]
    [InlineData("!(sport = 80 or sport = 22)", "0 1 3 4 5")]
    [InlineData("dport = 443 or dport = 53 and sport = 1", "")] // from left to right, as ss does
    [InlineData("sport = 1 and dport = 53 or dport = 443", "1 4")]
    [InlineData("dport = 443 or not dport = 53 and sport = 9090", "3 4")]
    [InlineData("sport = 0x50", "6 7")]
    [InlineData("src 10.0.1.0/255.255.255.0", "1")]
    [InlineData("src 2001:db8::1", "5")]
    [InlineData("( dport = 443 or dport = 53 ) and sport = 50000", "5")]
    [InlineData("dport = 443 sport = 9090", "4")]
    [InlineData("not dport = 443 sport = 9090", "3")]
    [InlineData("src 10.0.1.0/24", "1")]
    [InlineData("src 10.0/16", "1 2")]
    [InlineData("src 127.0.0.1", "0 4")]
    [InlineData("src ::ffff:127.0.0.1", "4")]
    [InlineData("src 127.0.0.1:9090", "4")]
    [InlineData("dst 10.0.2.5:443", "1 4")]
    [InlineData("dst = 10.0.2.0/25:443", "1 4")]
    [InlineData("src [::1]:9090", "3")]
    [InlineData("src ::1", "3")]
    [InlineData("src 2001:db8::/32", "5")]
    [InlineData("src *:80", "6 7")]
    [InlineData("src any", "0 1 2 3 4 5 6 7")]
    [InlineData("src 0.0.0.0/0", "0 1 2 4 6")]
    [InlineData("autobound", "1 5")]
    public void Filters_select_as_ss_selects(string filter, string expected)
    {
        SocketFilter parsed = Parse(filter);

        Assert.Equal(expected, string.Join(' ', Enumerable.Range(0, Sockets.Length).Where(i => parsed.Accepts(Facts(Sockets[i])))));
    }

    [Theory]
    [InlineData("dport", "a port is missing")]
    [InlineData("dport = :nosuchservice", "does not look like a port")]
    [InlineData("src 10.0.0.0/33", "the prefix")]
    [InlineData("src 10.0.0.1.2.3/8", "an inet prefix is expected")]
    [InlineData("( dport = 1", "a ')' is missing")]
    [InlineData("dport = 1 )", "')' is not expected there")]
    [InlineData("dport < 70000", "a port from 0 to 65535")]
    [InlineData("frobnicate", "is no condition")]
    [InlineData("dev nosuchinterface", "no interface is called")]
    [InlineData("fwmark = red", "does not look like a mark")]
    [InlineData("cgroup /no/such/group", "no cgroup")]
    [InlineData("dev > lo", "cannot be asked there")]
    public void What_makes_no_sense_is_said(string filter, string expected)
    {
        ToolException refusal = Assert.Throws<ToolException>(() => Parse(filter));

        Assert.Equal(ToolException.WrongUsage, refusal.ExitCode);
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_is_refused_not_followed()
    {
        Assert.Throws<ToolException>(() => Parse(new string('(', 100_000)));
        Assert.Throws<ToolException>(() => Parse(string.Concat(Enumerable.Repeat("not ", 100_000))));
        foreach (string joint in (string[])[" or ", " and "])
        {
            SocketFilter filter = Parse(string.Join(joint, Enumerable.Repeat("dev 1", 100_000)))!;
            Assert.False(filter.Accepts(default));
            Assert.Null(filter.Compile()); // longer than the kernel takes
        }
    }

    // The kernel's own way through a program, written down from inet_diag_bc_run() and inet_diag_bc_audit().
    [Fact]
    public void The_program_for_the_kernel_accepts_what_the_filter_accepts()
    {
        Gen<SocketFilter> ports = Gen.Elements(22, 53, 80, 443, 8080, 9090, 40001, 65535)
            .SelectMany(port => Gen.Elements(
                new SocketFilter.PortBound(IsLocal: true, IsAtLeast: true, port),
                new SocketFilter.PortBound(IsLocal: true, IsAtLeast: false, port),
                new SocketFilter.PortBound(IsLocal: false, IsAtLeast: true, port),
                (SocketFilter)new SocketFilter.PortBound(IsLocal: false, IsAtLeast: false, port)));
        Gen<SocketFilter> hosts = Gen.Elements("src 10.0.1.0/24", "dst 10.0.2.5:443", "src ::1", "src *:80", "src 127.0.0.1", "dst 2001:db8::/32", "src 0.0.0.0/0")
            .Select(Parse);
        Gen<SocketFilter> OfDepth(int depth) => depth == 0 ? Gen.OneOf(ports, hosts) : Gen.OneOf(
            ports,
            hosts,
            OfDepth(depth - 1).Select(inner => (SocketFilter)new SocketFilter.Not(inner)),
            OfDepth(depth - 1).SelectMany(left => OfDepth(depth - 1).Select(right => (SocketFilter)new SocketFilter.And([left, right]))),
            OfDepth(depth - 1).SelectMany(left => OfDepth(depth - 1).Select(right => (SocketFilter)new SocketFilter.Or([left, right]))));

        Prop.ForAll(OfDepth(4).ToArbitrary(), filter =>
        {
            byte[] program = filter.Compile()!;
            Audit(program);
            foreach (var socket in Sockets)
                Assert.Equal(filter.Accepts(Facts(socket)), Run(program, socket));
        }).QuickCheckThrowOnFailure();
    }

    private static SocketFilter Parse(string text) =>
        SocketFilterParser.Parse([text], new SocketSelection(), new NameTables { IsNumeric = true })!;

    private static SocketFacts Facts((string Local, int LocalPort, string Remote, int RemotePort) socket) => new()
    {
        Family = socket.Local.Contains(':', StringComparison.Ordinal) ? SocketFamilies.IPv6 : SocketFamilies.IPv4,
        LocalAddress = IPAddress.Parse(socket.Local).GetAddressBytes(),
        RemoteAddress = IPAddress.Parse(socket.Remote).GetAddressBytes(),
        LocalPort = socket.LocalPort,
        RemotePort = socket.RemotePort,
    };

    private static void Audit(byte[] program)
    {
        var starts = new HashSet<int>();
        for (int at = 0; at < program.Length; at += program[at + 1])
        {
            starts.Add(at);
            Assert.True(program[at + 1] >= 4 && program[at + 1] % 4 == 0, "length of an instruction");
        }

        foreach (int at in starts)
        {
            int target = at + MemoryMarshal.Read<ushort>(program.AsSpan(at + 2));
            Assert.True(
                target > at && (starts.Contains(target) || target == program.Length || target == program.Length + 4),
                $"{at} jumps to {target}");
        }
    }

    private static bool Run(byte[] program, (string Local, int LocalPort, string Remote, int RemotePort) socket)
    {
        int at = 0;
        while (at < program.Length)
        {
            ushort port = at + 8 <= program.Length ? MemoryMarshal.Read<ushort>(program.AsSpan(at + 6)) : (ushort)0;
            bool holds = program[at] switch
            {
                1 => false,
                2 => socket.LocalPort >= port,
                3 => socket.LocalPort <= port,
                4 => socket.RemotePort >= port,
                5 => socket.RemotePort <= port,
                7 => Matches(program.AsSpan(at + 4), socket.Local, socket.LocalPort),
                8 => Matches(program.AsSpan(at + 4), socket.Remote, socket.RemotePort),
                _ => throw new InvalidOperationException($"operation {program[at]}"),
            };
            at += holds ? program[at + 1] : MemoryMarshal.Read<ushort>(program.AsSpan(at + 2));
        }

        return at == program.Length;
    }

    private static bool Matches(ReadOnlySpan<byte> condition, string address, int port)
    {
        int wanted = MemoryMarshal.Read<int>(condition[4..]);
        if (wanted != -1 && wanted != port)
            return false;
        byte[] octets = IPAddress.Parse(address).GetAddressBytes();
        int family = octets.Length == 4 ? 2 : 10;
        if (condition[0] != 0 && condition[0] != family)
        {
            if (!(family == 10 && condition[0] == 2 && IPAddress.Parse(address).IsIPv4MappedToIPv6))
                return false;
            octets = octets[12..];
        }

        for (int bit = 0; bit < condition[1]; bit++)
        {
            if (((octets[bit / 8] ^ condition[8 + (bit / 8)]) >> (7 - (bit % 8)) & 1) != 0)
                return false;
        }

        return true;
    }
}
