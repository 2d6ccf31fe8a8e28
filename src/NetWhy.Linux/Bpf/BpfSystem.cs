// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using NetWhy.Linux.Interop;
using NetWhy.Wire.Btf;

namespace NetWhy.Linux.Bpf;

/// <summary>What programs in the kernel need of it: its types, and a call to load them.</summary>
/// <remarks>Source: bpf(2), linux/bpf.h.</remarks>
internal static unsafe class BpfSystem
{
    /// <summary>Octets of <c>union bpf_attr</c> that commands read.</summary>
    internal const int AttributesSize = 128;

    private const string KernelTypesPath = "/sys/kernel/btf/vmlinux";
    private const int ProgramLoad = 5; // BPF_PROG_LOAD
    private const int TracingProgram = 26; // BPF_PROG_TYPE_TRACING

    /// <summary>The types of this machine's kernel.</summary>
    /// <exception cref="LinuxException">It does not tell them.</exception>
    internal static KernelTypes ReadTypes()
    {
        try
        {
            return KernelTypes.Read(File.ReadAllBytes(KernelTypesPath)) ?? throw new LinuxException(KernelTypesPath, (int)Errno.EBADMSG);
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            throw new LinuxException(KernelTypesPath, (int)Errno.ENOENT);
        }
    }

    /// <summary>Where a member lies in a struct of the kernel.</summary>
    /// <param name="types">The types.</param>
    /// <param name="structName">The struct.</param>
    /// <param name="memberName">The member.</param>
    /// <exception cref="LinuxException">There is none.</exception>
    internal static int Member(KernelTypes types, string structName, string memberName) =>
        types.MemberOffset(structName, memberName) ?? throw new LinuxException($"{KernelTypesPath} ({structName}.{memberName})", (int)Errno.ENOENT);

    /// <summary>Loads a tracing program.</summary>
    /// <param name="name">Its name, as bpftool shows it: 15 characters at most.</param>
    /// <param name="attachment">How it is attached, <c>enum bpf_attach_type</c>.</param>
    /// <param name="type">The type in the kernel that it is attached to.</param>
    /// <param name="program">Its instructions.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    internal static SafeFileHandle Load(string name, int attachment, int type, BpfInstruction[] program)
    {
        Span<byte> attributes = stackalloc byte[AttributesSize];
        attributes.Clear();
        fixed (BpfInstruction* instructions = program)
        fixed (byte* license = "GPL\0"u8)
        {
            MemoryMarshal.Write(attributes, (uint)TracingProgram);
            MemoryMarshal.Write(attributes[4..], (uint)program.Length);
            MemoryMarshal.Write(attributes[8..], (ulong)instructions);
            MemoryMarshal.Write(attributes[16..], (ulong)license);
            Encoding.ASCII.GetBytes(name).CopyTo(attributes[48..]); // prog_name
            MemoryMarshal.Write(attributes[68..], (uint)attachment); // expected_attach_type
            MemoryMarshal.Write(attributes[108..], (uint)type); // attach_btf_id
            return Call(ProgramLoad, attributes, "bpf(BPF_PROG_LOAD)");
        }
    }

    /// <summary>Makes a call that answers with a descriptor.</summary>
    /// <param name="command">The command.</param>
    /// <param name="attributes">What it reads.</param>
    /// <param name="what">The call, in words.</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    internal static SafeFileHandle Call(int command, ReadOnlySpan<byte> attributes, string what)
    {
        fixed (byte* octets = attributes)
        {
            nint descriptor = Libc.syscall(Libc.SYS_bpf, command, (nint)octets, attributes.Length);
            return descriptor < 0
                ? throw LinuxException.FromLastError(what)
                : new SafeFileHandle(descriptor, ownsHandle: true);
        }
    }
}
