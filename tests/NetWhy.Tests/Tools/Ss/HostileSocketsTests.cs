using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NetWhy.Linux;
using NetWhy.Tools.Ss;
using NetWhy.Wire.Netlink;
using Xunit;

namespace NetWhy.Tests.Tools.Ss;

/// <summary>What the kernel may never say, and what happens meanwhile: the socket tool neither throws nor hangs.</summary>
public sealed class HostileSocketsTests
{
    [Fact]
    public void Damaged_messages_about_sockets_are_no_trouble()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        using Socket server = listener.Accept();
        string path = Path.Join(Path.GetTempPath(), $"netwhy-test-{Guid.NewGuid():n}");
        using var unix = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        unix.Bind(new UnixDomainSocketEndPoint(path));
        unix.Listen();
        try
        {
            SsOptions options = SsOptions.Parse(["-a", "-i", "-m", "-e", "-o", "-n", "--tos", "--cgroup"]);
            options.Selection.Complete();
            var walk = new SocketWalk(options.Selection, filter: null, InetDiagExtensions.None);
            var names = new NameTables { IsNumeric = true };
            (SocketTables Table, byte[] Message)[] messages = [.. Record()];
            Assert.Equal([SocketTables.Tcp, SocketTables.Unix, SocketTables.Netlink], messages.Select(one => one.Table).Distinct());

            foreach ((SocketTables table, byte[] message) in messages)
            {
                foreach (byte[] octets in Mutation.Of(message, 1500))
                {
                    var text = new SsText(options, new ColumnTable(SsText.Columns(options.Selection), screen: null, Stream.Null), names, owners: null);
                    using var json = new SsJson(names, owners: null, Stream.Null);
                    foreach (ISocketVisitor visitor in new ISocketVisitor[] { text, json, new SocketCounts("port", names, owners: null), new SocketCounts("cgroup", names, owners: null) })
                        walk.Visit(table, octets, visitor, TestContext.Current.CancellationToken);
                }
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Processes_that_vanish_while_proc_is_read_take_only_their_line_with_them()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        string link = new FileInfo($"/proc/self/fd/{socket.Handle}").LinkTarget!;
        uint inode = uint.Parse(link["socket:[".Length..^1], System.Globalization.CultureInfo.InvariantCulture);
        using Process shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "i=0; while [ $i -lt 400 ]; do /bin/true & i=$((i+1)); done; wait"]))!;

        int looks = 0;
        do
        {
            Assert.Equal(Environment.ProcessId, SocketOwners.Find(mayAskKernel: false).OldestOf(inode)!.Value.Pid);
            looks++;
        }
        while (!shell.HasExited || looks < 3);
    }

    // The first of each table with all that can be asked for, as this kernel tells it.
    private static List<(SocketTables Table, byte[] Message)> Record()
    {
        const InetDiagExtensions All = (InetDiagExtensions)0xff;
        List<(SocketTables, byte[])> messages = [];
        using var kernel = SocketDiagnostics.Open();
        kernel.Dump(InetDiagRequest.Dump(2, 6, InetDiagRequest.EveryState, All), 6, program: null, octets => Keep(SocketTables.Tcp, octets, 4));
        kernel.Dump(UnixDiagRequest.Dump(InetDiagRequest.EveryState, (UnixDiagShow)0x7f), octets => Keep(SocketTables.Unix, octets, 2));
        kernel.Dump(NetlinkDiagRequest.Dump(), octets => Keep(SocketTables.Netlink, octets, 1));
        return messages;

        void Keep(SocketTables table, ReadOnlySpan<byte> octets, int most)
        {
            if (messages.Count(one => one.Item1 == table) < most)
                messages.Add((table, octets.ToArray()));
        }
    }
}
