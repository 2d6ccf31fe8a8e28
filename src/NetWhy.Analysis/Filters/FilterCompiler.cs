using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Filters;

/// <summary>Gives the structure of a filter its meaning: which types go together, and how it is evaluated. Source: what tshark 4.0 accepts and rejects.</summary>
/// <param name="catalog">The fields there are.</param>
/// <param name="memory">Where octets are kept.</param>
internal sealed class FilterCompiler(FieldCatalog catalog, FilterMemory memory)
{
    private readonly FilterLiterals _literals = new(memory);
    private readonly HashSet<Field> _fields = [];

    /// <summary>The fields that are read.</summary>
    internal IReadOnlyCollection<Field> Fields => _fields;

    /// <summary>Compiles a condition.</summary>
    /// <exception cref="DisplayFilterException">It has no meaning.</exception>
    internal PacketTest Compile(FilterNode node)
    {
        switch (node)
        {
            case JoinNode join:
                PacketTest[] parts = [.. join.Parts.Select(Compile)];
                return join.IsAnd ? new FilterJoin(parts).All : new FilterJoin(parts).Any;
            case NotNode not:
                PacketTest test = Compile(not.Part);
                return (in packet) => !test(packet);
            case RelationNode { Comparison: FilterComparison.Matches } match:
                return Match(match);
            case RelationNode relation:
                return Relation(relation);
            case MemberNode member:
                return Member(member);
            case FieldNode { IsReset: true, Layers: null } reset:
                FieldOperand flag = Read(reset);
                return new FilterRelation(FilterComparison.NotEqual, FilterQuantifier.Any, flag, Zero(flag.Type), memory).Test;
            case FieldNode field:
                return Read(field).Exists;
            case ArithmeticNode arithmetic:
                return new FilterTruth(Arithmetic(arithmetic, null), memory).Test;
            case SliceNode slice:
                return new FilterPresence(Slice(slice, null), memory).Test;
            case FunctionNode function:
                throw Wrong(function, $"{function.Name}(…) is a value, and no condition: compare it, as in {function.Name}(…) > 1");
            default:
                throw NoField(node);
        }
    }

    private static ConstantOperand Zero(FilterType type) => new(type, new FilterValue { Integer = FilterValue.IntegerOf(type) });

    private PacketTest Relation(RelationNode node)
    {
        bool isSearch = node.Comparison == FilterComparison.Contains;
        FilterOperand left = Left(node);
        FilterNode first = First(node.Left);
        Require(left.Type, node.Left, node, isSearch);
        Field? names = first is FieldNode { Field: var field } ? field : null;
        FilterOperand right;
        if (node.Right is SliceNode slice)
        {
            right = Slice(slice, left.Type);
            left = AsOctets(left, node.Left);
        }
        else if (node.Right is LiteralNode or TextNode or CharacterNode)
        {
            right = _literals.Read(node.Right, left.Type, names, isPart: isSearch);
        }
        else
        {
            right = Value(node.Right, left.Type);
            if (first is SliceNode && node.Right is not ArithmeticNode)
                right = AsOctets(right, node.Right);
            RequireComparable(left.Type, node.Left, right.Type, node.Right);
        }

        return new FilterRelation(node.Comparison, node.Quantifier, left, right, memory).Test;
    }

    private FilterOperand Left(RelationNode node) =>
        node.Left is LiteralNode or TextNode or CharacterNode ? throw NoLeft(node.Left, node.Operator) : Value(node.Left, null);

    // What stands first in a term of arithmetic decides its type.
    private static FilterNode First(FilterNode node)
    {
        while (node is ArithmeticNode arithmetic)
            node = arithmetic.Left;
        return node;
    }

    private static void Require(FilterType type, FilterNode left, RelationNode node, bool isSearch)
    {
        if (isSearch ? type.CanContain : type.CanCompare)
            return;
        string what = isSearch ? "only text and octets contain something; string() makes text of a number or an address" : "it is there or not: write its name alone";
        throw Wrong(left, $"“{node.Operator}” cannot be used with {type}: {what}");
    }

    private static void RequireComparable(FilterType left, FilterNode leftNode, FilterType right, FilterNode rightNode)
    {
        if (!left.IsComparableWith(right))
            throw Wrong(rightNode, $"{left} cannot be compared with {right}{ValueHint(leftNode, rightNode)}");
    }

    private static string ValueHint(FilterNode left, FilterNode right) =>
        right is FieldNode field && left is FieldNode ? $": {field.Field.Name} is read as a field; text stands in double quotes, octets behind a colon" : "";

    private PacketTest Match(RelationNode node)
    {
        if (node.Right is not TextNode text)
            throw Wrong(node.Right, "“matches” takes a regular expression in double quotes");
        if (FilterPattern.Compile(text.Octets, out string error) is not { } pattern)
            throw Wrong(text, error);
        FilterOperand left = Left(node);
        Require(left.Type, node.Left, node, isSearch: true);
        return new FilterMatch(node.Quantifier, left, pattern, memory).Test;
    }

    private PacketTest Member(MemberNode node)
    {
        if (node.Left is not FieldNode field)
            throw node.Left is LiteralNode ? NoField(node.Left) : Wrong(node.Left, "only a field can be in a set: write == for other values");
        FieldOperand operand = Read(field);
        if (!operand.Type.CanCompare)
            throw Wrong(field, $"{field.Field.Name} has no value that could be in a set: write its name alone");
        List<(FilterOperand Low, FilterOperand? High)> set = [];
        foreach ((FilterNode low, FilterNode? high) in node.Set)
            set.Add((Element(low, operand, field, isHigh: false), high is null ? null : Element(high, operand, field, isHigh: true)));
        return new FilterMember(node.Quantifier, operand, set, memory).Test;
    }

    // tshark takes a slice as the end of a range, but nowhere else in a set.
    private FilterOperand Element(FilterNode node, FieldOperand field, FieldNode left, bool isHigh)
    {
        if (node is SliceNode slice && isHigh && field.Type.CanContain)
            return Slice(slice, field.Type);
        if (node is SliceNode)
            throw Wrong(node, "a slice cannot be in a set: compare it with ==");
        if (node is LiteralNode or TextNode or CharacterNode)
            return _literals.Read(node, field.Type, field.Field);
        FilterOperand element = Value(node, field.Type);
        RequireComparable(field.Type, left, element.Type, node);
        return element;
    }

    // A value other than a literal; the type that literals in it take, null for none.
    private FilterOperand Value(FilterNode node, FilterType? wanted) => node switch
    {
        FieldNode field => Read(field),
        SliceNode slice => Slice(slice, wanted),
        FunctionNode function => Function(function, wanted),
        ArithmeticNode arithmetic => Arithmetic(arithmetic, wanted),
        _ => throw Wrong(node, "a field is missing here"),
    };

    private FieldOperand Read(FieldNode node)
    {
        _fields.Add(node.Field);
        if (node.Layers is not null)
            _fields.Add(node.Field.Protocol);
        return new FieldOperand(node.Field, node.Layers);
    }

    private SliceOperand Slice(SliceNode node, FilterType? wanted)
    {
        if (node.Part is not (FieldNode or FunctionNode or SliceNode))
            throw node.Part is LiteralNode ? NoField(node.Part) : Wrong(node.Part, "a value that is written in the filter cannot be cut: write the part that is meant");
        FilterOperand part = Value(node.Part, wanted);
        return part.Type.CanSlice
            ? new SliceOperand(part, node.Ranges, memory)
            : throw Wrong(node.Part, $"{part.Type} has no octets that could be cut: only text, octets, addresses and protocols have");
    }

    private FilterOperand AsOctets(FilterOperand operand, FilterNode node)
    {
        if (!operand.Type.CanSlice)
            throw Wrong(node, $"{operand.Type} cannot be compared with octets");
        return operand.Type.Kind is FieldKind.Octets ? operand : new SliceOperand(operand, [new FilterRange(0, null, null)], memory);
    }

    private FilterOperand Arithmetic(ArithmeticNode node, FilterType? wanted)
    {
        FilterOperand left = Operand(node.Left, wanted);
        if (node.Right is null)
            return Negate(node, left);
        FilterOperand right = Operand(node.Right, left.Type);
        foreach ((FilterOperand operand, FilterNode part) in new[] { (left, node.Left), (right, node.Right) })
        {
            if (!operand.Type.Can(node.Operator))
                throw Wrong(part, $"“{node.Text}” cannot be used with {operand.Type}");
        }

        RequireComparable(left.Type, node.Left, right.Type, node.Right);
        return new ArithmeticOperand(node.Operator, left, right, memory);
    }

    private FilterOperand Operand(FilterNode node, FilterType? wanted) => node switch
    {
        LiteralNode literal when wanted is { } type => _literals.Read(literal, type, null),
        LiteralNode literal when !char.IsAsciiDigit(literal.Text[0]) => throw NoField(literal),
        LiteralNode => throw Wrong(node, "arithmetic on the left begins with a field: write “frame.len + 1 > 60”, not “1 + frame.len > 60”"),
        TextNode or CharacterNode => throw Wrong(node, "text in quotes cannot be computed with"),
        _ => Value(node, wanted),
    };

    private FilterOperand Negate(ArithmeticNode node, FilterOperand operand)
    {
        if (!operand.Type.CanNegate)
            throw Wrong(node, $"“-” cannot be used with {operand.Type}");
        if (operand is not ConstantOperand constant)
            return new ArithmeticOperand(ArithmeticOperator.Negate, operand, null, memory);
        return FilterArithmetic.TryNegate(operand.Type, constant.Value, out FilterValue negated)
            ? new ConstantOperand(operand.Type, negated)
            : throw Wrong(node, $"the negative of this number does not fit in {operand.Type}");
    }

    private FilterOperand Function(FunctionNode node, FilterType? wanted)
    {
        int count = node.Arguments.Count;
        bool isExtreme = node.Name is "min" or "max";
        if (!isExtreme && node.Name is not ("len" or "count" or "string" or "upper" or "lower" or "abs"))
            throw Wrong(node, $"there is no function {FilterErrors.Shorten(node.Name)}: there are len, count, string, upper, lower, min, max and abs");
        if (count == 0 || (count > 1 && !isExtreme))
            throw Wrong(node, $"{node.Name}() takes {(isExtreme ? "one argument or more" : "one argument")}");
        if (isExtreme)
            return Extreme(node, wanted);
        if (node.Name == "abs")
            return Absolute(node, wanted);

        if (node.Arguments[0] is not FieldNode argument)
            throw node.Arguments[0] is LiteralNode ? NoField(node.Arguments[0]) : Wrong(node.Arguments[0], $"{node.Name}() takes a field alone");
        FieldOperand field = Read(argument);
        return node.Name switch
        {
            "len" => new LengthOperand(field, memory),
            "count" => new CountOperand(field),
            "string" when field.Type.CanPrint => new PrintOperand(field, memory),
            "string" => throw Wrong(argument, $"string() makes text of numbers and addresses, not of {field.Type}"),
            _ when field.Type.Kind == FieldKind.Text => new CaseOperand(field, node.Name == "upper", memory),
            _ => throw Wrong(argument, $"{node.Name}() takes text, not {field.Type}"),
        };
    }

    private ExtremeOperand Extreme(FunctionNode node, FilterType? wanted)
    {
        List<FilterOperand> arguments = [];
        foreach (FilterNode part in node.Arguments)
        {
            FilterType? type = arguments.Count == 0 ? wanted : arguments[0].Type;
            FilterOperand argument = Argument(part, type, node.Name);
            if (!argument.Type.CanCompare)
                throw Wrong(part, $"{node.Name}() takes values, not {argument.Type}");
            if (arguments.Count > 0 && argument.Type != arguments[0].Type)
                throw Wrong(part, $"{node.Name}() takes values of one type: the first is {arguments[0].Type}, this is {argument.Type}");
            arguments.Add(argument);
        }

        return new ExtremeOperand(arguments, node.Name == "max", memory);
    }

    private AbsoluteOperand Absolute(FunctionNode node, FilterType? wanted)
    {
        FilterOperand argument = Argument(node.Arguments[0], wanted, node.Name);
        return argument.Type.CanNegate || argument.Type.Kind == FieldKind.Boolean
            ? new AbsoluteOperand(argument)
            : throw Wrong(node.Arguments[0], $"abs() takes numbers and durations, not {argument.Type}");
    }

    private FilterOperand Argument(FilterNode node, FilterType? wanted, string function) => node switch
    {
        LiteralNode literal when wanted is { } type => _literals.Read(literal, type, null),
        LiteralNode literal when !char.IsAsciiDigit(literal.Text[0]) => throw NoField(literal),
        FieldNode or FunctionNode or ArithmeticNode => Value(node, wanted),
        _ => throw Wrong(node, $"{function}() takes fields and what is computed from them; a number may follow a field"),
    };

    // A literal where a field should be: a name that is none, or a value.
    private DisplayFilterException NoField(FilterNode node) =>
        node is LiteralNode { Text: var text } && char.IsAsciiLetter(text[0])
            ? FilterErrors.UnknownField(text, node.Position, node.Length, catalog)
            : Wrong(node, "this is a value, where the name of a field or a protocol should be");

    private DisplayFilterException NoLeft(FilterNode node, string op) =>
        node is LiteralNode { Text: var text } && char.IsAsciiLetter(text[0])
            ? FilterErrors.UnknownField(text, node.Position, node.Length, catalog)
            : Wrong(node, $"on the left of “{op}” stands a field or a function, the value on the right");

    private static DisplayFilterException Wrong(FilterNode node, string what) => new(what, node.Position, node.Length);
}
