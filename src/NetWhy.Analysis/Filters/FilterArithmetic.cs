using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Filters;

/// <summary>Computes as Wireshark does: in the size of the left value, and what does not fit has no result.</summary>
internal static class FilterArithmetic
{
    /// <summary>Whether a number fits in an integer.</summary>
    internal static bool Fits(Int128 number, FilterInteger integer) => integer switch
    {
        FilterInteger.Unsigned32 => number >= 0 && number <= uint.MaxValue,
        FilterInteger.Unsigned64 => number >= 0 && number <= ulong.MaxValue,
        FilterInteger.Signed32 => number >= int.MinValue && number <= int.MaxValue,
        FilterInteger.Signed64 => number >= long.MinValue && number <= long.MaxValue,
        _ => true,
    };

    /// <summary>The negative of a value; that of an unsigned integer is signed, and there is one where the value itself fits in that.</summary>
    internal static bool TryNegate(FilterType type, in FilterValue value, out FilterValue result)
    {
        result = value;
        if (type.Kind == FieldKind.Double)
        {
            result.Double = -value.Double;
            return true;
        }

        result.Number = -value.Number;
        result.Integer = Signed(value.Integer);
        return Fits(value.Number, result.Integer) && Fits(result.Number, result.Integer);
    }

    /// <summary>Joins two values of one type.</summary>
    internal static bool TryCompute(ArithmeticOperator op, FilterType type, in FilterValue left, in FilterValue right, out FilterValue result)
    {
        result = left;
        if (type.Kind == FieldKind.Double)
        {
            result.Double = op switch
            {
                ArithmeticOperator.Add => left.Double + right.Double,
                ArithmeticOperator.Subtract => left.Double - right.Double,
                ArithmeticOperator.Multiply => left.Double * right.Double,
                _ => left.Double / right.Double,
            };
            return op != ArithmeticOperator.Divide || right.Double != 0;
        }

        if (op == ArithmeticOperator.And)
        {
            result.Number = And(left, right.Number);
            result.Prefix = Math.Min(left.Prefix, right.Prefix);
            return true;
        }

        if (!Fits(right.Number, left.Integer) || (right.Number == 0 && op is ArithmeticOperator.Divide or ArithmeticOperator.Remainder))
            return false;
        result.Number = op switch
        {
            ArithmeticOperator.Add => left.Number + right.Number,
            ArithmeticOperator.Subtract => left.Number - right.Number,
            ArithmeticOperator.Multiply => left.Number * right.Number,
            ArithmeticOperator.Divide => left.Number / right.Number,
            _ => left.Number % right.Number,
        };
        if (result.Number >= 0)
            return Fits(result.Number, left.Integer);
        result.Integer = Signed(left.Integer);
        return Fits(left.Number, result.Integer) && Fits(right.Number, result.Integer) && Fits(result.Number, result.Integer);
    }

    // The bits of the right value count as they are, in the size of the left one.
    private static Int128 And(in FilterValue left, Int128 right) => left.Integer switch
    {
        FilterInteger.Unsigned32 => (uint)left.Number & unchecked((uint)right),
        FilterInteger.Unsigned64 => (ulong)left.Number & unchecked((ulong)right),
        FilterInteger.Signed32 => unchecked((int)left.Number & (int)right),
        FilterInteger.Signed64 => unchecked((long)left.Number & (long)right),
        _ => left.Number & right,
    };

    private static FilterInteger Signed(FilterInteger integer) => integer switch
    {
        FilterInteger.Unsigned32 => FilterInteger.Signed32,
        FilterInteger.Unsigned64 => FilterInteger.Signed64,
        _ => integer,
    };
}
