// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NetWhy.Wire.Btf;

namespace NetWhy.Linux.Bpf;

/// <summary>A program at a tracepoint of the kernel, and the map that it writes to.</summary>
/// <remarks>CAP_BPF and CAP_PERFMON, and a kernel that tells its types. Source: bpf(2); <c>BPF_TRACE_RAW_TP</c> in linux/bpf.h.</remarks>
internal sealed class TracepointProgram : IDisposable
{
    private readonly SafeFileHandle _map;
    private readonly SafeFileHandle _program;
    private readonly SafeFileHandle _link;

    private TracepointProgram(SafeFileHandle map, SafeFileHandle program, SafeFileHandle link) => (_map, _program, _link) = (map, program, link);

    /// <summary>Descriptor of the map.</summary>
    internal int Map => (int)_map.DangerousGetHandle();

    /// <summary>Makes the map, and attaches the program.</summary>
    /// <param name="name">The program's name, as bpftool shows it: 15 characters at most.</param>
    /// <param name="tracepoint">The tracepoint, such as <c>inet_sock_set_state</c>.</param>
    /// <param name="map">Kind of the map, <c>enum bpf_map_type</c>, octets of a key and of a value, and how many there may be.</param>
    /// <param name="assemble">Writes the program, from the kernel's types and the map's descriptor.</param>
    /// <exception cref="LinuxException">The kernel forbids it, or cannot do it.</exception>
    internal static TracepointProgram Start(
        string name, string tracepoint, (int Kind, int KeySize, int ValueSize, int MostEntries) map, Func<KernelTypes, int, BpfInstruction[]> assemble)
    {
        if (!ProcessTable.IsWhole)
            throw new LinuxException("it numbers processes as the first PID namespace does, and this is another one", (int)Errno.EOPNOTSUPP);
        const int MapCreate = 0, TracepointOpen = 17; // BPF_MAP_CREATE, BPF_RAW_TRACEPOINT_OPEN
        const int TracepointAttach = 23; // BPF_TRACE_RAW_TP
        KernelTypes types = BpfSystem.ReadTypes();
        int type = types.TypedefNumber($"btf_trace_{tracepoint}") ?? throw new LinuxException($"btf_trace_{tracepoint}", (int)Errno.EOPNOTSUPP);
        Span<byte> attributes = stackalloc byte[BpfSystem.AttributesSize];
        attributes.Clear();
        MemoryMarshal.Write(attributes, map.Kind);
        MemoryMarshal.Write(attributes[4..], map.KeySize);
        MemoryMarshal.Write(attributes[8..], map.ValueSize);
        MemoryMarshal.Write(attributes[12..], map.MostEntries);
        SafeFileHandle values = BpfSystem.Call(MapCreate, attributes, "bpf(BPF_MAP_CREATE)");
        SafeFileHandle? program = null;
        try
        {
            program = BpfSystem.Load(name, TracepointAttach, type, assemble(types, (int)values.DangerousGetHandle()));
            attributes.Clear();
            MemoryMarshal.Write(attributes[8..], (uint)program.DangerousGetHandle());
            return new TracepointProgram(values, program, BpfSystem.Call(TracepointOpen, attributes, "bpf(BPF_RAW_TRACEPOINT_OPEN)"));
        }
        catch (LinuxException)
        {
            program?.Dispose();
            values.Dispose();
            throw;
        }
    }

    /// <summary>A name as the kernel writes it.</summary>
    /// <param name="octets">Its 16 octets, ended by a zero octet.</param>
    internal static string Name(ReadOnlySpan<byte> octets)
    {
        int end = octets.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? octets : octets[..end]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _link.Dispose();
        _program.Dispose();
        _map.Dispose();
    }
}
