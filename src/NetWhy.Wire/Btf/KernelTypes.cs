using System.Runtime.InteropServices;
using System.Text;

namespace NetWhy.Wire.Btf;

/// <summary>The types of a kernel, as it describes them itself: where a member of a struct lies, which number a function has.</summary>
/// <remarks>
/// It reads what /sys/kernel/btf/vmlinux holds (some 5 MB) in one walk of a few milliseconds. A description that
/// contradicts itself ends the walk: what was not found is null. Source: Documentation/bpf/btf.rst, linux/btf.h.
/// </remarks>
public sealed class KernelTypes
{
    private const ushort Magic = 0xeb9f;
    private const int HeaderSize = 24; // struct btf_header
    private const int TypeSize = 12; // struct btf_type
    private const int MemberSize = 12; // struct btf_member
    private const int DeepestNesting = 8; // anonymous structs inside each other

    private readonly byte[] _octets;
    private readonly Range _types;
    private readonly Range _strings;
    private readonly int[] _offsets; // of each type, by its number

    private KernelTypes(byte[] octets, Range types, Range strings, int[] offsets)
    {
        _octets = octets;
        _types = types;
        _strings = strings;
        _offsets = offsets;
    }

    private enum Kind
    {
        Integer = 1,
        Array = 3,
        Struct = 4,
        Union = 5,
        Enum = 6,
        Typedef = 8,
        Function = 12,
        FunctionPrototype = 13,
        Variable = 14,
        DataSection = 15,
        DeclarationTag = 17,
        Enum64 = 19,
    }

    private ReadOnlySpan<byte> Types => _octets.AsSpan(_types);

    private ReadOnlySpan<byte> Strings => _octets.AsSpan(_strings);

    /// <summary>Reads a description; null if it is none, or of another byte order.</summary>
    /// <param name="octets">The whole of it; it is kept, not copied.</param>
    public static KernelTypes? Read(byte[] octets)
    {
        ReadOnlySpan<byte> header = octets;
        if (header.Length < HeaderSize || MemoryMarshal.Read<ushort>(header) != Magic)
            return null;

        uint headerLength = U32(header, 4);
        if (Section(octets.Length, headerLength, U32(header, 8), U32(header, 12)) is not { } types
            || Section(octets.Length, headerLength, U32(header, 16), U32(header, 20)) is not { } strings)
        {
            return null;
        }

        return new KernelTypes(octets, types, strings, Walk(octets.AsSpan(types)));
    }

    /// <summary>Number of a function, for attaching to it; null if there is none of that name.</summary>
    /// <param name="name">Its name.</param>
    public int? FunctionNumber(string name) => Find(Kind.Function, name);

    /// <summary>Number of a typedef; null if there is none.</summary>
    /// <param name="name">Its name.</param>
    public int? TypedefNumber(string name) => Find(Kind.Typedef, name);

    /// <summary>Where a member lies in a struct, in octets; null if there is none, or if it is a bit field.</summary>
    /// <param name="structName">Name of the struct, without the word itself.</param>
    /// <param name="memberName">Name of the member; those of anonymous structs inside count as its own.</param>
    public int? MemberOffset(string structName, string memberName) =>
        Find(Kind.Struct, structName) is { } number && StringOffset(memberName) is { } name
            ? MemberOffset(number, name, depth: 0)
            : null;

    private static Range? Section(int length, uint headerLength, uint offset, uint size)
    {
        ulong start = (ulong)headerLength + offset;
        return start + size <= (ulong)length ? (int)start..(int)(start + size) : null;
    }

    private static int[] Walk(ReadOnlySpan<byte> types)
    {
        var offsets = new List<int>(Math.Max(1024, types.Length / 24)) { -1 }; // number 0 is void
        int offset = 0;
        while (types.Length - offset >= TypeSize)
        {
            offsets.Add(offset);
            uint info = U32(types, offset + 4);
            int count = (int)(info & 0xffff);
            offset += TypeSize + (KindOf(info) switch
            {
                Kind.Integer or Kind.Variable or Kind.DeclarationTag => 4,
                Kind.Array => 12,
                Kind.Struct or Kind.Union or Kind.DataSection or Kind.Enum64 => count * MemberSize,
                Kind.Enum or Kind.FunctionPrototype => count * 8,
                _ => 0,
            });
        }

        return [.. offsets];
    }

    private int? MemberOffset(int number, uint name, int depth)
    {
        if (depth > DeepestNesting || number >= _offsets.Length || number <= 0)
            return null;

        ReadOnlySpan<byte> type = Types[_offsets[number]..];
        uint info = U32(type, 4);
        if (KindOf(info) is not (Kind.Struct or Kind.Union))
            return null;

        bool hasBitFields = info >> 31 != 0;
        int count = (int)(info & 0xffff);
        if (type.Length < TypeSize + (count * MemberSize))
            return null;

        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> member = type[(TypeSize + (i * MemberSize))..];
            uint bits = U32(member, 8);
            uint bitOffset = hasBitFields ? bits & 0xffffff : bits;
            bool isBitField = hasBitFields && bits >> 24 != 0;
            uint memberName = U32(member, 0);
            if (memberName == name)
                return isBitField || bitOffset % 8 != 0 ? null : (int)(bitOffset / 8);
            if (memberName == 0 && MemberOffset((int)U32(member, 4), name, depth + 1) is { } inner)
                return (int)(bitOffset / 8) + inner;
        }

        return null;
    }

    private int? Find(Kind kind, string name)
    {
        if (StringOffset(name) is not { } wanted)
            return null;

        ReadOnlySpan<byte> types = Types;
        for (int number = 1; number < _offsets.Length; number++)
        {
            int offset = _offsets[number];
            if (U32(types, offset) == wanted && KindOf(U32(types, offset + 4)) == kind)
                return number;
        }

        return null;
    }

    // Each string is there once: the tools that make such descriptions see to it.
    private uint? StringOffset(string name)
    {
        int at = Strings.IndexOf(Encoding.ASCII.GetBytes($"\0{name}\0"));
        return at < 0 ? null : (uint)at + 1;
    }

    private static Kind KindOf(uint info) => (Kind)((info >> 24) & 0x1f);

    private static uint U32(ReadOnlySpan<byte> octets, int offset) => MemoryMarshal.Read<uint>(octets[offset..]);
}
