using System.Text;
using FsCheck;
using FsCheck.Fluent;
using NetWhy.Linux;
using NetWhy.Tools.Ss;
using NetWhy.Wire.Btf;
using NetWhy.Wire.Netlink;
using Xunit;

namespace NetWhy.Tests.Tools.Ss;

/// <summary>The parts of the socket tool: tables, numbers, kernel types, containers.</summary>
public sealed class SsPartsTests
{
    [Theory]
    [InlineData(0u, "0")]
    [InlineData(14u, "0.014")]
    [InlineData(204000u, "204")]
    [InlineData(1500u, "1.5")]
    [InlineData(999999u, "999.999")]
    [InlineData(1234567u, "1234.57")] // printf("%g", 1234.567)
    [InlineData(4294967295u, "4.29497e+06")]
    public void Milliseconds_are_written_as_printf_writes_them(uint microseconds, string expected) =>
        Assert.Equal(expected, Field(table => table.AppendMilliseconds(microseconds)));

    [Theory]
    [InlineData(187.0914, 3, "187")]
    [InlineData(1.87, 3, "1.87")]
    [InlineData(2.88671875, 6, "2.88672")]
    [InlineData(1000000, 6, "1e+06")]
    [InlineData(0.0001, 6, "0.0001")]
    [InlineData(0.00001, 6, "1e-05")]
    public void General_numbers_are_written_as_printf_writes_them(double number, int digits, string expected) =>
        Assert.Equal(expected, Field(table => table.AppendGeneral(number, digits)));

    [Fact]
    public void Control_characters_are_shown_not_sent() =>
        Assert.Equal(@"a\x1b[31mb\x0a", Field(table => table.Append("a\e[31mb\n")));

    [Fact]
    public void Columns_share_the_width_of_the_screen()
    {
        using var output = new MemoryStream();
        var table = new ColumnTable([new("A", false, "", true), new("B", true, " ", true)], screen: 11, output);
        table.AddHeader();
        table.Append("xx"u8);
        table.Next();
        table.Append("y"u8);
        table.EndRow();
        table.Write();

        // 2 and 1+1 octets of content leave 7: 3 for the first column, 4 for the second.
        Assert.Equal("A         B\nxx        y\n", Encoding.ASCII.GetString(output.ToArray()));
    }

    [Fact]
    public void Hostile_kernel_types_are_no_trouble() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), octets =>
        {
            byte[] description = [0x9f, 0xeb, 1, 0, 24, 0, 0, 0, .. octets];
            KernelTypes? types = KernelTypes.Read(description);
            _ = types?.FunctionNumber("a");
            _ = types?.MemberOffset("a", "b");
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_kernel_of_this_machine_describes_its_types()
    {
        const string Path = "/sys/kernel/btf/vmlinux";
        if (!File.Exists(Path))
            Assert.Skip($"this kernel has no {Path}");
        KernelTypes types = KernelTypes.Read(File.ReadAllBytes(Path))!;

        Assert.Equal(0, types.MemberOffset("list_head", "next"));
        Assert.Equal(8, types.MemberOffset("list_head", "prev"));
        Assert.NotNull(types.MemberOffset("task_struct", "comm"));
        Assert.Equal(16, types.MemberOffset("bpf_iter__task_file", "fd")); // behind two pointers, in the kernel's source
        Assert.NotNull(types.FunctionNumber("bpf_iter_task_file"));
        Assert.Null(types.MemberOffset("task_struct", "no_such_member"));
        Assert.Null(types.FunctionNumber("no_such_function"));
    }

    [Fact]
    public void Attribute_tables_take_any_octets() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), octets =>
        {
            var table = new NetlinkAttributeTable(octets);
            for (int type = 0; type <= NetlinkAttributeTable.Largest; type++)
            {
                _ = table[type].Length;
                _ = table.Number(type);
                _ = table.Has(type);
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Shorter_structs_of_older_kernels_read_as_zero()
    {
        byte[] octets = new byte[104]; // Linux 2.6.2
        octets[68] = 7;
        var info = new TcpInfoView(octets);

        Assert.Equal(7u, info.Rtt);
        Assert.Equal(0ul, info.DeliveryRate);
        Assert.Equal(0u, info.SendWindow);
        Assert.False(info.Has(TcpInfoView.Fields[^1]));
    }

    [Fact]
    public void Fields_of_tcp_info_lie_one_behind_the_other()
    {
        int end = 8;
        foreach (TcpInfoField field in TcpInfoView.Fields.ToArray().Where(field => field.Offset >= 8))
        {
            Assert.Equal(end, field.Offset);
            end += field.Size;
        }

        Assert.Equal(280, end); // sizeof(struct tcp_info) of Linux 6.18
    }

    [Theory]
    [InlineData("   1: 0100007F:0001 00000000:0000 07 00000000:00000010 00:00000000 00000000  1000        0 4711 2 0000000000000000 0", 1, 16u, 4711u)]
    public void Raw_sockets_are_read_from_proc(string line, int port, uint received, uint inode)
    {
        InetDiagMessage socket = RawSockets.Parse(line, isIPv6: false)!.Value;

        Assert.Equal("127.0.0.1", socket.LocalAddress.ToString());
        Assert.Equal((port, TcpState.Closed, received, 1000u, inode), ((int)socket.Socket.LocalPort, socket.State, socket.ReceiveQueue, socket.UserId, socket.Inode));
    }

    [Fact]
    public void Any_line_of_proc_is_no_trouble() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string?>(), line => RawSockets.Parse(line ?? "", isIPv6: true) is null).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("/system.slice/docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope", "0123456789ab", null)]
    [InlineData("/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "0123456789ab", null)]
    [InlineData("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1b4e28ba_2fa1_11d2_883f_0016d3cca427.slice/cri-containerd-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope", "0123456789ab", "1b4e28ba-2fa1-11d2-883f-0016d3cca427")]
    [InlineData("/kubepods/besteffort/pod1b4e28ba-2fa1-11d2-883f-0016d3cca427/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "0123456789ab", "1b4e28ba-2fa1-11d2-883f-0016d3cca427")]
    [InlineData("/lxc.payload.web", "web", null)]
    [InlineData("/user.slice/user-1000.slice/session-2.scope", null, null)]
    [InlineData("/system.slice/podman.service", null, null)]
    public void Containers_and_pods_are_read_from_the_path(string path, string? container, string? pod) =>
        Assert.Equal((container, pod), (ContainerName.Of(path).Container, ContainerName.Of(path).Pod));

    // The files as Docker 24, containerd 1.7 (CRI), CRI-O 1.30 and Podman 4 write them, cut to what matters.
    [Theory]
    [InlineData("var/lib/docker/containers/ID/config.v2.json", """{"ID":"ID","Name":"/web","Config":{"Labels":{"a":"b"}}}""", "container web (0123456789ab)")]
    [InlineData("run/containerd/io.containerd.runtime.v2.task/k8s.io/ID/config.json", """{"ociVersion":"1.1.0","annotations":{"io.kubernetes.cri.container-name":"nginx","io.kubernetes.cri.sandbox-name":"web-7d4f","io.kubernetes.cri.sandbox-namespace":"shop"}}""", "container nginx (0123456789ab), pod shop/web-7d4f")]
    [InlineData("run/containers/storage/overlay-containers/ID/userdata/config.json", """{"annotations":{"io.kubernetes.container.name":"nginx","io.kubernetes.pod.name":"web-7d4f","io.kubernetes.pod.namespace":"shop"}}""", "container nginx (0123456789ab), pod shop/web-7d4f")]
    [InlineData("var/lib/containers/storage/overlay-containers/containers.json", """[{"id":"ff"},{"id":"ID","names":["web"]}]""", "container web (0123456789ab)")]
    [InlineData("var/lib/docker/containers/ID/config.v2.json", """{"Name":["/web"]}""", "container 0123456789ab")]
    [InlineData("var/lib/docker/containers/ID/config.v2.json", """{"Name":"/we""", "container 0123456789ab")]
    [InlineData("var/lib/containers/storage/overlay-containers/containers.json", "[[],1,{\"id\":7}]", "container 0123456789ab")]
    public void Containers_have_the_names_that_their_runtimes_gave_them(string file, string content, string expected)
    {
        const string Id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
        DirectoryInfo root = Directory.CreateTempSubdirectory("netwhy-test-");
        try
        {
            string path = Path.Join(root.FullName, file.Replace("ID", Id, StringComparison.Ordinal));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, content.Replace("\"ID\"", $"\"{Id}\"", StringComparison.Ordinal));

            Assert.Equal(expected, ContainerName.Of($"/docker/{Id}").Describe(new ContainerNames(root.FullName)));
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    private static string Field(Action<ColumnTable> append)
    {
        using var output = new MemoryStream();
        var table = new ColumnTable([new("", false, "", true)], screen: null, output);
        append(table);
        table.Next();
        table.Write();
        return Encoding.UTF8.GetString(output.ToArray()).TrimEnd('\n');
    }
}
