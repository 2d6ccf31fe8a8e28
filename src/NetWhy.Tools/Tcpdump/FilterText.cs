using System.Globalization;
using System.Text;
using NetWhy.Capture.Filters;
using NetWhy.Linux;

namespace NetWhy.Tools.Tcpdump;

/// <summary>Filters of the command line, as programs and as text.</summary>
internal static class FilterText
{
    /// <summary>Compiles the filter of a command line.</summary>
    /// <param name="options">The command line.</param>
    /// <param name="linkType">What packets begin with.</param>
    /// <exception cref="ToolException">It is no filter, or this machine cannot compile it.</exception>
    internal static FilterInstruction[] Compile(TcpdumpOptions options, int linkType) =>
        Compile(options.Filter, options, linkType);

    /// <summary>Compiles another filter as the one of a command line would be.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="options">The command line.</param>
    /// <param name="linkType">What packets begin with.</param>
    /// <exception cref="ToolException">It is no filter, or this machine cannot compile it.</exception>
    internal static FilterInstruction[] Compile(string filter, TcpdumpOptions options, int linkType) =>
        FilterCompiler.Compile(filter, linkType, options.SnapLength, options.IsOptimized, out FilterInstruction[] program) is { } problem
            ? throw new ToolException(ToolException.WrongUsage, problem)
            : program;

    /// <summary>Makes a program ready to run.</summary>
    /// <param name="program">The program.</param>
    internal static FilterProgram Check(FilterInstruction[] program) =>
        FilterProgram.Check(program) ?? throw new ToolException(ToolException.CouldNotWork, "libpcap made a program of the filter that could run astray");

    /// <summary>Prints a program as tcpdump's <c>-d</c>, <c>-dd</c> and <c>-ddd</c> do.</summary>
    /// <param name="program">The program.</param>
    /// <param name="style">How many <c>-d</c>.</param>
    internal static string Print(FilterInstruction[] program, int style)
    {
        var text = new StringBuilder();
        if (style > 2)
        {
            text.Append(CultureInfo.InvariantCulture, $"{program.Length}\n");
            foreach (FilterInstruction one in program)
                text.Append(CultureInfo.InvariantCulture, $"{one.Code} {one.IfTrue} {one.IfFalse} {one.Value}\n");
        }
        else if (style > 1)
        {
            foreach (FilterInstruction one in program)
                text.Append(CultureInfo.InvariantCulture, $"{{ 0x{one.Code:x}, {one.IfTrue}, {one.IfFalse}, 0x{one.Value:x8} }},\n");
        }
        else
        {
            for (int i = 0; i < program.Length; i++)
                text.Append(CultureInfo.InvariantCulture, $"{Line(program[i], i)}\n");
        }

        return text.ToString();
    }

    // Source: bpf_image(3).
    private static string Line(FilterInstruction one, int at)
    {
        (string operation, string operand) = Describe(one, at);
        bool isJump = (one.Code & 0x07) == 0x05 && one.Code != 0x05;
        string left = string.Create(CultureInfo.InvariantCulture, $"({at:d3}) {operation,-8} {operand}");
        return isJump
            ? string.Create(CultureInfo.InvariantCulture, $"({at:d3}) {operation,-8} {operand,-16} jt {at + 1 + one.IfTrue}\tjf {at + 1 + one.IfFalse}")
            : operand.Length == 0 ? string.Create(CultureInfo.InvariantCulture, $"({at:d3}) {operation}") : left;
    }

    private static (string Operation, string Operand) Describe(FilterInstruction one, int at)
    {
        string k = one.Value.ToString(CultureInfo.InvariantCulture), hex = string.Create(CultureInfo.InvariantCulture, $"#0x{one.Value:x}");
        return one.Code switch
        {
            0x06 => ("ret", $"#{k}"),
            0x16 => ("ret", ""),
            0x20 => ("ld", $"[{Ancillary(one.Value) ?? k}]"),
            0x28 => ("ldh", $"[{Ancillary(one.Value) ?? k}]"),
            0x30 => ("ldb", $"[{Ancillary(one.Value) ?? k}]"),
            0x80 => ("ld", "#pktlen"),
            0x40 => ("ld", $"[x + {k}]"),
            0x48 => ("ldh", $"[x + {k}]"),
            0x50 => ("ldb", $"[x + {k}]"),
            0x00 => ("ld", hex),
            0x01 => ("ldx", hex),
            0xb1 => ("ldxb", $"4*([{k}]&0xf)"),
            0x60 => ("ld", $"M[{k}]"),
            0x61 => ("ldx", $"M[{k}]"),
            0x02 => ("st", $"M[{k}]"),
            0x03 => ("stx", $"M[{k}]"),
            0x05 => ("ja", (at + 1 + (int)one.Value).ToString(CultureInfo.InvariantCulture)),
            0x25 => ("jgt", hex),
            0x35 => ("jge", hex),
            0x15 => ("jeq", hex),
            0x45 => ("jset", hex),
            0x2d => ("jgt", "x"),
            0x3d => ("jge", "x"),
            0x1d => ("jeq", "x"),
            0x4d => ("jset", "x"),
            0x0c => ("add", "x"),
            0x1c => ("sub", "x"),
            0x2c => ("mul", "x"),
            0x3c => ("div", "x"),
            0x9c => ("mod", "x"),
            0x5c => ("and", "x"),
            0x4c => ("or", "x"),
            0xac => ("xor", "x"),
            0x6c => ("lsh", "x"),
            0x7c => ("rsh", "x"),
            0x04 => ("add", $"#{k}"),
            0x14 => ("sub", $"#{k}"),
            0x24 => ("mul", $"#{k}"),
            0x34 => ("div", $"#{k}"),
            0x94 => ("mod", $"#{k}"),
            0x54 => ("and", hex),
            0x44 => ("or", hex),
            0xa4 => ("xor", hex),
            0x64 => ("lsh", $"#{k}"),
            0x74 => ("rsh", $"#{k}"),
            0x84 => ("neg", ""),
            0x07 => ("tax", ""),
            0x87 => ("txa", ""),
            _ => ("unimp", string.Create(CultureInfo.InvariantCulture, $"0x{one.Code:x}")),
        };
    }

    // What Linux keeps beside a packet, at offsets that no packet has. Source: linux/filter.h, SKF_AD_*; names: bpf_image(3).
    private static string? Ancillary(uint offset) => unchecked(offset - 0xfffff000) switch
    {
        0 => "proto",
        4 => "type",
        8 => "ifidx",
        12 => "nla",
        16 => "nlan",
        20 => "mark",
        24 => "queue",
        28 => "hatype",
        32 => "rxhash",
        36 => "cpu",
        44 => "vlan_tci",
        48 => "vlanp",
        52 => "poff",
        60 => "vlan_tpid",
        _ => null,
    };
}
